-- No webhook came within the grace period: the policy decides. Either way the row says what it may have cost.
UPDATE generation_task
SET state = CASE WHEN park THEN 'FAILED' ELSE 'PLANNED' END,
    finished_at = CASE WHEN park THEN now() END,
    possible_cost_usd = possible_cost_usd + :#${bean:settings.priceUsd},
    unconfirmed_at = NULL, submit_after = now(),
    error_reason = 'UNCONFIRMED',
    error_message = 'The answer to the submit was lost; the image may have been paid for. ' || coalesce(error_message, '')
FROM (
  SELECT t.id AS task_id,
         :#${bean:settings.parkUnconfirmed} OR t.attempts >= :#${bean:settings.maxAttempts}
         OR r.max_cost_usd < :#${bean:settings.priceUsd} + (
           SELECT sum(cost_usd + possible_cost_usd)
                  + :#${bean:settings.priceUsd} * count(*) FILTER (WHERE state IN ('PLANNED', 'SUBMITTING', 'UNCONFIRMED'))
           FROM generation_task p WHERE p.run_id = r.id) AS park
  FROM generation_task t JOIN generation_run r ON r.id = t.run_id
  WHERE t.state = 'UNCONFIRMED'
    AND t.unconfirmed_at < now() - make_interval(secs => :#${bean:settings.unconfirmedGraceSeconds})
  FOR UPDATE OF t SKIP LOCKED) doubt
WHERE id = doubt.task_id
