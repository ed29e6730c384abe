-- A submit was accepted, so it is paid: the task id is written down before anything else happens with it. Its answer says
-- so; or, as attempt 0, a webhook that Novita has confirmed, which changes nothing while a submit is under way.
-- A late answer also saves the image that waits for another submit, or failed meanwhile. Where a later run has planned the
-- same picture and not paid for it, the task is that run's.
WITH permit AS (
  UPDATE submit_permit SET task_id = NULL, free_at = now() + interval '60.1 seconds'
  WHERE task_id = :#${exchangeProperty.accepted.task} AND attempt = :#${exchangeProperty.accepted.attempt}
),
answered AS (
  DELETE FROM brake_cause WHERE kind = 'ANSWER'
),
heir AS MATERIALIZED (
  SELECT CASE WHEN a.state IN ('PLANNED', 'SUBMITTING', 'UNCONFIRMED') OR a.state = 'FAILED' AND o.id IS NULL THEN a.id
              WHEN o.state IN ('PLANNED', 'UNCONFIRMED')
                   AND (o.prompt, o.negative_prompt, o.model, o.sampler, o.steps, o.guidance_scale, o.width, o.height)
                     = (a.prompt, a.negative_prompt, a.model, a.sampler, a.steps, a.guidance_scale, a.width, a.height)
              THEN o.id END AS id
  FROM generation_task a
  LEFT JOIN generation_task o ON o.category = a.category AND o.value = a.value AND o.style = a.style AND o.id <> a.id
                             AND o.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
  WHERE a.id = :#${exchangeProperty.accepted.task} AND a.novita_task_id IS NULL
    AND NOT :#${exchangeProperty.accepted.novitaTaskId} = ANY (a.lost_task_ids)
    -- a webhook may name a task of another image; an answer that does so is none
    AND (:#${exchangeProperty.accepted.attempt} > 0
         OR NOT EXISTS (SELECT FROM generation_task WHERE novita_task_id = :#${exchangeProperty.accepted.novitaTaskId}))
),
no_longer_in_doubt AS (
  UPDATE generation_task t
  SET lost_answers = greatest(0, lost_answers - 1), possible_cost_usd = greatest(0, possible_cost_usd - price_usd)
  FROM heir WHERE t.id = :#${exchangeProperty.accepted.task} AND t.id <> heir.id
),
reopened AS (
  UPDATE generation_run r SET state = 'RUNNING', reason = NULL, finished_at = NULL
  FROM heir JOIN generation_task t ON t.id = heir.id AND t.state = 'FAILED'
  WHERE r.id = t.run_id AND r.state = 'COMPLETED'
)
UPDATE generation_task t
SET state = 'SUBMITTED', novita_task_id = :#${exchangeProperty.accepted.novitaTaskId},
    submitted_at = now(), collecting_since = now(),
    next_poll_at = CASE WHEN EXISTS (SELECT FROM webhook_hint h
                                     WHERE h.task_id = :#${exchangeProperty.accepted.task}
                                       AND h.novita_task_id = :#${exchangeProperty.accepted.novitaTaskId})
                        THEN now() ELSE now() + make_interval(secs => :#${bean:settings.pollSeconds}) END,
    cost_usd = cost_usd + price_usd,
    -- by now, this submit may count as possibly paid
    lost_answers = greatest(0, lost_answers - (t.id = :#${exchangeProperty.accepted.task}
       AND (t.state IN ('PLANNED', 'FAILED') OR t.state = 'SUBMITTING' AND t.attempts > :#${exchangeProperty.accepted.attempt}))::int),
    possible_cost_usd = greatest(0, possible_cost_usd - price_usd * (t.id = :#${exchangeProperty.accepted.task}
       AND (t.state IN ('PLANNED', 'FAILED') OR t.state = 'SUBMITTING' AND t.attempts > :#${exchangeProperty.accepted.attempt}))::int),
    finished_at = NULL, setbacks = 0, claimed_by = NULL, lease_until = NULL, unconfirmed_at = NULL,
    error_reason = NULL, error_status = NULL, error_message = NULL
FROM heir
WHERE t.id = heir.id AND t.novita_task_id IS NULL
  AND (t.state IN ('PLANNED', 'UNCONFIRMED', 'FAILED')
       OR t.state = 'SUBMITTING' AND :#${exchangeProperty.accepted.attempt} > 0)
