-- The host is still at work. A webhook that came meanwhile has made the task due at once.
UPDATE ledger.task t
SET next_poll_at = CASE WHEN next_poll_at > :#${exchangeProperty.task.claimedAt}::timestamptz THEN next_poll_at
                        ELSE now() + make_interval(secs =>
                          coalesce((SELECT m.poll_seconds FROM jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text, poll_seconds float8)
                                   WHERE m.model = t.model), :#${bean:settings.pollSeconds})) END,
    setbacks = 0, interruptions = 0, claimed_by = NULL, lease_until = NULL
WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTED'
  AND provider_task_id = :#${exchangeProperty.task.providerTaskId} AND claimed_by = :#${bean:settings.instance}
