-- A submit was accepted for an image that has, or needs, another task: it is paid as well, and lost.
UPDATE ledger.task t
SET lost_task_ids = lost_task_ids || :#${exchangeProperty.accepted.providerTaskId}::text, cost_usd = cost_usd + coalesce(price_usd, :#${bean:settings.priceUsd}),
    lost_answers = greatest(0, lost_answers - 1), possible_cost_usd = greatest(0, possible_cost_usd - coalesce(price_usd, :#${bean:settings.priceUsd}))
WHERE id = :#${exchangeProperty.accepted.task}
  AND (state <> 'SUBMITTING' OR :#${exchangeProperty.accepted.attempt} > 0)
  AND NOT :#${exchangeProperty.accepted.providerTaskId} = ANY (lost_task_ids)
  AND NOT EXISTS (SELECT FROM ledger.task WHERE provider_task_id = :#${exchangeProperty.accepted.providerTaskId})
