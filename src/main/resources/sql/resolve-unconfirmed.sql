-- No webhook came within the grace period: the policy decides. Either way the row says what it may have cost.
WITH doubt AS MATERIALIZED (
  SELECT t.id, t.run_id, t.position, r.max_cost_usd,
         NOT :#${bean:settings.parkUnconfirmed} 
         AND cardinality(t.lost_task_ids) + round(t.possible_cost_usd / :#${bean:settings.priceUsd}) + 1
             < :#${bean:settings.maxAttempts} AS again
  FROM generation_task t JOIN generation_run r ON r.id = t.run_id
  WHERE t.state = 'UNCONFIRMED'
    AND t.unconfirmed_at < now() - make_interval(secs => :#${bean:settings.unconfirmedGraceSeconds})
  FOR UPDATE OF t SKIP LOCKED
),
decision AS (
  -- a budget must have room for all that are submitted again at once
  SELECT id, NOT again OR coalesce(max_cost_usd < (
           SELECT sum(cost_usd + possible_cost_usd)
                  + :#${bean:settings.priceUsd} * count(*) FILTER (WHERE state IN ('PLANNED', 'SUBMITTING', 'UNCONFIRMED'))
           FROM generation_task p WHERE p.run_id = doubt.run_id)
         + :#${bean:settings.priceUsd} * count(*) FILTER (WHERE again) OVER (PARTITION BY run_id ORDER BY position), false) AS park
  FROM doubt
)
UPDATE generation_task t
SET state = CASE WHEN park THEN 'FAILED' ELSE 'PLANNED' END,
    finished_at = CASE WHEN park THEN now() END,
    possible_cost_usd = possible_cost_usd + :#${bean:settings.priceUsd},
    unconfirmed_at = NULL, submit_after = now(),
    error_reason = 'UNCONFIRMED',
    error_message = 'The answer to the submit was lost; the image may have been paid for. ' || coalesce(error_message, '')
FROM decision
WHERE t.id = decision.id
