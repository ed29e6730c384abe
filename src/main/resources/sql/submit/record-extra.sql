-- A submit was accepted for an image that has, or needs, another task: it is paid as well, and lost.
UPDATE ledger.task t
SET lost_task_ids = lost_task_ids || :#${exchangeProperty.accepted.providerTaskId}::text, cost_usd = cost_usd + price_usd,
    obsolete_keys = array_remove(obsolete_keys || :#${exchangeProperty.accepted.originalKey}::text, NULL),
    obsolete_after = CASE WHEN :#${exchangeProperty.accepted.originalKey}::text IS NULL THEN obsolete_after ELSE now() END,
    lost_answers = greatest(0, lost_answers - 1), possible_cost_usd = greatest(0, possible_cost_usd - price_usd)
WHERE id = :#${exchangeProperty.accepted.task}
  AND (state <> 'SUBMITTING' OR :#${exchangeProperty.accepted.attempt} > 0)
  AND NOT :#${exchangeProperty.accepted.providerTaskId} = ANY (lost_task_ids)
  AND NOT EXISTS (SELECT FROM ledger.task WHERE provider_task_id = :#${exchangeProperty.accepted.providerTaskId})
