-- Submits whose claim has run out: whether the request went out is not known. A claim that lasts for longer than the settings
-- allow was taken before the clock was set back.
WITH expired AS (
  UPDATE ledger.task
  SET state = 'UNCONFIRMED', unconfirmed_at = now(), claimed_by = NULL, lease_until = NULL,
      error_reason = 'INSTANCE_GONE', error_status = NULL,
      error_message = 'The instance that submitted the image stopped before the answer was written down'
  WHERE id = ANY (ARRAY(
    SELECT id FROM ledger.task
    WHERE state = 'SUBMITTING' AND (lease_until < now() OR lease_until > now() + interval '61 minutes')
    FOR UPDATE SKIP LOCKED))
  RETURNING id, attempts
)
UPDATE ledger.permit p SET task_id = NULL, free_at = now() + cooldown
FROM expired e WHERE p.task_id = e.id AND p.attempt = e.attempts
