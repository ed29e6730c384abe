-- The submit was accepted, so it is paid: the task id is written down before anything else happens with it.
-- A late answer also saves the image that was given up as unconfirmed and waits for another submit.
WITH permit AS (
  UPDATE submit_permit SET task_id = NULL, free_at = now() + interval '60.1 seconds'
  WHERE task_id = :#${exchangeProperty.task.id}
)
UPDATE generation_task
SET state = 'SUBMITTED', novita_task_id = :#${body.taskId}, submitted_at = now(), collecting_since = now(),
    next_poll_at = now() + make_interval(secs => :#${bean:settings.pollSeconds}),
    cost_usd = cost_usd + :#${bean:settings.priceUsd},
    possible_cost_usd = CASE WHEN state = 'PLANNED'
                             THEN greatest(0, possible_cost_usd - :#${bean:settings.priceUsd}) ELSE possible_cost_usd END,
    setbacks = 0, claimed_by = NULL, lease_until = NULL, unconfirmed_at = NULL,
    error_reason = NULL, error_status = NULL, error_message = NULL
WHERE id = :#${exchangeProperty.task.id} AND state IN ('SUBMITTING', 'UNCONFIRMED', 'PLANNED')
