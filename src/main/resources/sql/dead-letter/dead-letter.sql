-- The image failed. Where it was paid for and Novita can still deliver it, the task id is kept, and a replay
-- fetches it without paying; where Novita lost it, the id moves to the lost ones.
UPDATE ledger.task
SET state = 'FAILED', finished_at = now(), claimed_by = NULL, lease_until = NULL, storing_since = NULL,
    attempts = attempts + CASE WHEN state = 'SUBMITTING' THEN :#${exchangeProperty.failure.redeliveries} ELSE 0 END,
    lost_task_ids = CASE WHEN :#${exchangeProperty.failure.lost} AND provider_task_id IS NOT NULL
                         THEN lost_task_ids || provider_task_id ELSE lost_task_ids END,
    provider_task_id = CASE WHEN :#${exchangeProperty.failure.lost} THEN NULL ELSE provider_task_id END,
    error_reason = :#${exchangeProperty.failure.reason},
    error_status = :#${exchangeProperty.failure.status},
    error_message = :#${exchangeProperty.failure.message}
WHERE id = :#${exchangeProperty.task.id} AND provider_task_id IS NOT DISTINCT FROM :#${exchangeProperty.task.providerTaskId}
  AND claimed_by = :#${bean:settings.instance}
  AND (state = 'SUBMITTED' OR state = 'SUBMITTING' AND attempts = :#${exchangeProperty.task.attempts})
