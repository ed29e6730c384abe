-- What an image costs has changed since it was planned, and its run has room for the difference.
WITH task AS MATERIALIZED (
  SELECT id, run_id, :#${exchangeProperty.price} - price_usd AS more_usd FROM ledger.task
  WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTING'
    AND claimed_by = :#${bean:settings.instance} AND attempts = :#${exchangeProperty.task.attempts}
  FOR UPDATE
),
run AS (
  UPDATE ledger.run r SET committed_usd = greatest(0, committed_usd + task.more_usd)
  FROM task
  WHERE r.id = task.run_id AND (r.max_cost_usd IS NULL OR r.committed_usd + task.more_usd <= r.max_cost_usd)
  RETURNING r.id
)
UPDATE ledger.task t SET price_usd = :#${exchangeProperty.price}
FROM task JOIN run ON run.id = task.run_id
WHERE t.id = task.id
