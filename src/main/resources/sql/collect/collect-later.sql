-- A paid image could not be fetched or stored this time: again later, with growing pauses.
UPDATE ledger.task
SET setbacks = setbacks + 1, interruptions = 0,
    next_poll_at = now() + greatest(
      make_interval(secs => :#${exchangeProperty.failure.pauseSeconds}),
      make_interval(secs => least(2 ^ least(setbacks + 1, 20), :#${bean:settings.maxPauseSeconds}) * (0.75 + 0.5 * random()))),
    claimed_by = NULL, lease_until = NULL, storing_since = NULL,
    error_reason = :#${exchangeProperty.failure.reason},
    error_status = :#${exchangeProperty.failure.status},
    error_message = :#${exchangeProperty.failure.message}
WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTED'
  AND provider_task_id = :#${exchangeProperty.task.providerTaskId} AND claimed_by = :#${bean:settings.instance}
