-- What is left of cancelled runs: the many images that sql/cancel-run.sql has not come to, and a submit that was under way
-- and came back unpaid.
UPDATE generation_task
SET state = 'CANCELLED', finished_at = now(),
    error_reason = 'RUN_CANCELLED', error_status = NULL, error_message = 'The run was cancelled'
WHERE id IN (
  SELECT t.id FROM generation_run r JOIN generation_task t ON t.run_id = r.id
  WHERE r.state = 'CANCELLED' AND t.state = 'PLANNED'
  LIMIT 10000
  FOR UPDATE OF t SKIP LOCKED)
