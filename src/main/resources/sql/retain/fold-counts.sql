-- Adds what the steps of the images wrote down to the counts of their runs, and to those of all runs. Whoever reads sees
-- what is folded here either before or after, never both; several instances fold what each of them takes.
WITH taken AS (
  DELETE FROM ledger.count_delta
  WHERE ctid = ANY (ARRAY(SELECT ctid FROM ledger.count_delta LIMIT 20000 FOR UPDATE SKIP LOCKED))
  RETURNING *
),
total AS (
  INSERT INTO ledger.total_count AS c
  SELECT state, sum(images), sum(submitted), sum(cost_usd), sum(possible_cost_usd), sum(price_usd), sum(timed), sum(seconds)
  FROM taken
  GROUP BY state
  ORDER BY state
  ON CONFLICT (state) DO UPDATE
  SET images = c.images + EXCLUDED.images, submitted = c.submitted + EXCLUDED.submitted,
      cost_usd = c.cost_usd + EXCLUDED.cost_usd, possible_cost_usd = c.possible_cost_usd + EXCLUDED.possible_cost_usd,
    price_usd = c.price_usd + EXCLUDED.price_usd,
      timed = c.timed + EXCLUDED.timed, seconds = c.seconds + EXCLUDED.seconds
)
-- always in the same order, so that no two instances wait for each other
INSERT INTO ledger.run_count AS c
SELECT run_id, state, sum(images), sum(submitted), sum(cost_usd), sum(possible_cost_usd), sum(price_usd), sum(timed), sum(seconds)
FROM taken
GROUP BY run_id, state
ORDER BY run_id, state
ON CONFLICT (run_id, state) DO UPDATE
SET images = c.images + EXCLUDED.images, submitted = c.submitted + EXCLUDED.submitted,
    cost_usd = c.cost_usd + EXCLUDED.cost_usd, possible_cost_usd = c.possible_cost_usd + EXCLUDED.possible_cost_usd,
    price_usd = c.price_usd + EXCLUDED.price_usd,
    timed = c.timed + EXCLUDED.timed, seconds = c.seconds + EXCLUDED.seconds
