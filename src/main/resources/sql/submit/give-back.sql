-- Nothing was started at Novita: the task waits for its next turn, longer after every setback in a row.
UPDATE ledger.task
SET state = 'PLANNED',
    attempts = attempts + :#${exchangeProperty.failure.redeliveries},
    setbacks = setbacks + 1,
    submit_after = now() + greatest(
      make_interval(secs => :#${exchangeProperty.failure.pauseSeconds}),
      make_interval(secs => least(2 ^ least(setbacks + 1, 20), :#${bean:settings.maxPauseSeconds}) * (0.75 + 0.5 * random()))),
    claimed_by = NULL, lease_until = NULL,
    error_reason = :#${exchangeProperty.failure.reason},
    error_status = :#${exchangeProperty.failure.status},
    error_message = :#${exchangeProperty.failure.message}
WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTING'
  AND claimed_by = :#${bean:settings.instance} AND attempts = :#${exchangeProperty.task.attempts}
