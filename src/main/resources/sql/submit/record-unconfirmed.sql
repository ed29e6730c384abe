-- The request went out and the answer was lost: it may have been paid for.
WITH permit AS (
  UPDATE ledger.permit SET task_id = NULL, free_at = now() + cooldown
  WHERE task_id = :#${exchangeProperty.task.id} AND attempt = :#${exchangeProperty.task.attempts}
)
UPDATE ledger.task
SET state = 'UNCONFIRMED', unconfirmed_at = now(), claimed_by = NULL, lease_until = NULL,
    attempts = attempts + :#${exchangeProperty.failure.redeliveries},
    error_reason = :#${exchangeProperty.failure.reason},
    error_status = :#${exchangeProperty.failure.status},
    error_message = :#${exchangeProperty.failure.message}
WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTING'
  AND claimed_by = :#${bean:settings.instance} AND attempts = :#${exchangeProperty.task.attempts}
