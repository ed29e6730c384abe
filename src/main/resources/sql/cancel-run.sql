-- The run makes nothing more; what is paid is collected and stored. Of a million planned images the first are cancelled
-- here, as the caller waits, and the others by sql/cancel-left.sql: none of them is submitted any more.
WITH run AS (
  UPDATE generation_run
  SET state = 'CANCELLED', reason = 'Cancelled by an operator', finished_at = now(), planned_at = coalesce(planned_at, now())
  WHERE id = :#run::uuid AND state IN ('RUNNING', 'PAUSED', 'HALTED')
  RETURNING id
)
UPDATE generation_task
SET state = 'CANCELLED', finished_at = now(),
    error_reason = 'RUN_CANCELLED', error_status = NULL, error_message = 'The run was cancelled'
WHERE id IN (
  SELECT t.id FROM run JOIN generation_task t ON t.run_id = run.id
  WHERE t.state = 'PLANNED'
  LIMIT 10000
  FOR UPDATE OF t)
