-- What the webhook said is not true, or no longer of use.
DELETE FROM webhook_hint
WHERE task_id = :#${exchangeProperty.hint[id]} AND novita_task_id = :#${exchangeProperty.hint[novita_task_id]}
