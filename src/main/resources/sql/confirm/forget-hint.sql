-- What the webhook said is not true, or no longer of use.
DELETE FROM ledger.webhook_hint
WHERE task_id = :#${exchangeProperty.accepted.task} AND provider_task_id = :#${exchangeProperty.accepted.providerTaskId}
  AND created_at <= now() - make_interval(secs => :#olderThanSeconds)
