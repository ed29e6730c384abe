-- A submit was accepted, so it is paid: the task id is written down before anything else happens with it. Its answer says
-- so; or, as attempt 0, a webhook that Novita has confirmed, which changes nothing while a submit is under way.
-- A late answer also saves the image that waits for another submit, or failed meanwhile. Where a later run has planned the
-- same picture and not submitted it, the task is that run's. What was committed for another submit is free again. Whether
-- another submit that is under way is paid as well, its own outcome tells.
WITH permit AS (
  UPDATE ledger.permit SET task_id = NULL, free_at = now() + cooldown
  WHERE task_id = :#${exchangeProperty.accepted.task} AND attempt = :#${exchangeProperty.accepted.attempt}
),
answered AS (
  DELETE FROM ledger.brake_cause b USING ledger.task t
  WHERE t.id = :#${exchangeProperty.accepted.task} AND b.model = t.model AND b.kind IN ('ANSWER', 'GATEWAY', 'UNREADABLE')
),
asked AS (
  SELECT * FROM ledger.task
  WHERE id = :#${exchangeProperty.accepted.task} AND provider_task_id IS NULL
    AND NOT :#${exchangeProperty.accepted.providerTaskId} = ANY (lost_task_ids)
    -- a webhook may name a task of another image; an answer that does so is none
    AND (:#${exchangeProperty.accepted.attempt} > 0
         OR NOT EXISTS (SELECT FROM ledger.task WHERE provider_task_id = :#${exchangeProperty.accepted.providerTaskId}))
),
heir AS MATERIALIZED (
  SELECT t.id, t.id = a.id AS own, a.recipe AS sent
  FROM asked a
  LEFT JOIN ledger.task o ON o.category = a.category AND o.value = a.value AND o.style = a.style AND o.id <> a.id
                             AND o.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
  CROSS JOIN LATERAL (
    SELECT id FROM ledger.task
    WHERE id = a.id AND (state IN ('PLANNED', 'UNCONFIRMED') OR state = 'FAILED' AND o.id IS NULL
                         OR state = 'SUBMITTING' AND :#${exchangeProperty.accepted.attempt} > 0)
       OR id = o.id AND state = 'PLANNED' AND a.state NOT IN ('PLANNED', 'SUBMITTING', 'UNCONFIRMED')
          AND (model, recipe - 'seed') = (a.model, a.recipe - 'seed')
    FOR UPDATE) t
),
no_longer_in_doubt AS (
  UPDATE ledger.task t
  SET lost_answers = greatest(0, lost_answers - 1), possible_cost_usd = greatest(0, possible_cost_usd - coalesce(price_usd, 0))
  FROM heir WHERE NOT heir.own AND t.id = :#${exchangeProperty.accepted.task}
),
released AS (
  UPDATE ledger.run r SET committed_usd = greatest(0, committed_usd - coalesce(a.price_usd, 0))
  FROM heir, asked a
  WHERE r.id = a.run_id AND (NOT heir.own OR a.state = 'PLANNED' AND a.lost_answers > 0)
),
reopened AS (
  UPDATE ledger.run r SET state = 'RUNNING', reason = NULL, finished_at = NULL
  FROM heir, asked a
  WHERE heir.own AND a.state = 'FAILED' AND r.id = a.run_id AND r.state = 'COMPLETED'
)
UPDATE ledger.task t
SET state = 'SUBMITTED', provider_task_id = :#${exchangeProperty.accepted.providerTaskId},
    submitted_at = now(), collecting_since = now(),
    picture_url = :#${exchangeProperty.accepted.pictureUrl},
    picture_until = now() + make_interval(secs => :#${exchangeProperty.accepted.secondsToLive}::double precision),
    original_key = :#${exchangeProperty.accepted.originalKey}, confidence = :#${exchangeProperty.accepted.confidence}::numeric,
    recipe = CASE WHEN :#${exchangeProperty.accepted.seed}::bigint IS NULL THEN sent
                  ELSE sent || jsonb_build_object('seed', :#${exchangeProperty.accepted.seed}::bigint) END,
    -- a picture is there at once, unless it is still on its way to the bucket
    next_poll_at = CASE WHEN :#${exchangeProperty.accepted.answersPicture} THEN now()
                        WHEN EXISTS (SELECT FROM ledger.webhook_hint h
                                     WHERE h.task_id = :#${exchangeProperty.accepted.task}
                                       AND h.provider_task_id = :#${exchangeProperty.accepted.providerTaskId})
                        THEN now() ELSE now() + make_interval(secs =>
                          coalesce((SELECT m.poll_seconds FROM jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text, poll_seconds float8)
                                   WHERE m.model = t.model), :#${bean:settings.pollSeconds})) END,
    cost_usd = cost_usd + price_usd,
    -- by now, its answer may count as lost
    lost_answers = greatest(0, lost_answers - (heir.own AND t.state IN ('PLANNED', 'FAILED'))::int),
    possible_cost_usd = greatest(0, possible_cost_usd - price_usd * (heir.own AND t.state IN ('PLANNED', 'FAILED'))::int),
    finished_at = NULL, setbacks = 0, unconfirmed_at = NULL,
    claimed_by = CASE WHEN :#${exchangeProperty.accepted.originalKey}::text IS NOT NULL THEN :#${bean:settings.instance} END,
    lease_until = CASE WHEN :#${exchangeProperty.accepted.originalKey}::text IS NOT NULL
                       THEN now() + make_interval(secs => :#${bean:settings.leaseSeconds}) END,
    error_reason = NULL, error_status = NULL, error_message = NULL
FROM heir
WHERE t.id = heir.id
