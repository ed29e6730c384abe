-- A run that is being cancelled makes nothing more; what is paid is collected and stored.
WITH run AS (
  UPDATE ledger.run
  SET state = 'CANCELLED', reason = 'Cancelled by an operator', finished_at = now(),
      planned_at = coalesce(planned_at, now())
  WHERE id = :#run::uuid AND cancelling_at IS NOT NULL
  RETURNING id
)
UPDATE ledger.task t
SET state = 'CANCELLED', finished_at = now(),
    error_reason = 'RUN_CANCELLED', error_status = NULL, error_message = 'The run was cancelled'
FROM run WHERE t.run_id = run.id AND t.state = 'PLANNED'
