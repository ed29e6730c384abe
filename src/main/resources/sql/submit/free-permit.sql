-- A submit has started nothing at Novita, so it holds no permit any more. Where a late answer to another submit of the same
-- image has come meanwhile, what this one may have cost is no longer in doubt.
WITH permit AS (
  UPDATE ledger.permit SET task_id = NULL, free_at = now()
  WHERE task_id = :#${exchangeProperty.task.id} AND attempt = :#${exchangeProperty.task.attempts}
  RETURNING attempt
)
UPDATE ledger.task t
SET lost_answers = greatest(0, lost_answers - 1), possible_cost_usd = greatest(0, possible_cost_usd - price_usd)
FROM permit
WHERE t.id = :#${exchangeProperty.task.id} AND t.state IN ('SUBMITTED', 'STORED') AND t.attempts = permit.attempt
