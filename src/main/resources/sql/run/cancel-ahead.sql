-- A run that is being cancelled and has more planned images than one statement should cancel: ten thousand of them, until
-- there are no more than that for sql/run/cancel-run.sql. As it is paused meanwhile, what opens runs that are over again, such
-- as a replay, does not open it and revive what is to be cancelled.
WITH run AS (
  UPDATE ledger.run SET cancelling_at = now()
  WHERE id = :#run::uuid AND cancelling_at IS NOT NULL
    AND 10000 < (SELECT sum(images) FROM ledger.run_count_now WHERE run_id = :#run::uuid AND state = 'PLANNED')
  RETURNING id
)
UPDATE ledger.task
SET state = 'CANCELLED', finished_at = now(),
    error_reason = 'RUN_CANCELLED', error_status = NULL, error_message = 'The run was cancelled'
WHERE id IN (
  SELECT t.id FROM run JOIN ledger.task t ON t.run_id = run.id
  WHERE t.state = 'PLANNED'
  LIMIT 10000
  FOR UPDATE OF t)
