-- The submit was accepted, so it is paid: the task id is written down before anything else happens with it.
-- A late answer also saves the image that was given up as unconfirmed and waits for another submit.
WITH permit AS (
  UPDATE submit_permit SET task_id = NULL, free_at = now() + interval '60.1 seconds'
  WHERE task_id = :#${exchangeProperty.task.id}
)
UPDATE generation_task t
SET state = 'SUBMITTED', novita_task_id = :#${body.taskId}, submitted_at = now(), collecting_since = now(),
    next_poll_at = now() + make_interval(secs => :#${bean:settings.pollSeconds}),
    cost_usd = cost_usd + :#${bean:settings.priceUsd},
    possible_cost_usd = CASE WHEN state IN ('PLANNED', 'FAILED')
                             THEN greatest(0, possible_cost_usd - :#${bean:settings.priceUsd}) ELSE possible_cost_usd END,
    finished_at = NULL, setbacks = 0, claimed_by = NULL, lease_until = NULL, unconfirmed_at = NULL,
    error_reason = NULL, error_status = NULL, error_message = NULL
WHERE id = :#${exchangeProperty.task.id}
  AND (state IN ('SUBMITTING', 'UNCONFIRMED', 'PLANNED')
       OR state = 'FAILED' AND error_reason = 'UNCONFIRMED' AND novita_task_id IS NULL
          AND NOT EXISTS (SELECT FROM generation_task o
                          WHERE o.category = t.category AND o.value = t.value AND o.style = t.style
                            AND o.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')))
