-- Submits whose instance is gone: whether the request went out is not known.
WITH lost AS (
  UPDATE generation_task
  SET state = 'UNCONFIRMED', unconfirmed_at = now(), claimed_by = NULL, lease_until = NULL,
      error_reason = 'INSTANCE_GONE', error_status = NULL,
      error_message = 'The instance that submitted the image stopped before the answer was written down'
  WHERE id IN (
    SELECT id FROM generation_task
    WHERE state = 'SUBMITTING' AND lease_until < now()
    FOR UPDATE SKIP LOCKED)
  RETURNING id
)
UPDATE submit_permit p SET task_id = NULL, free_at = now() + interval '60.1 seconds'
FROM lost WHERE p.task_id = lost.id
