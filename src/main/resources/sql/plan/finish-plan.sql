-- The catalogue has been walked through: from now on its images are submitted, and the run is complete when they are
-- done. What the budget leaves out, and a balance at Novita that will not do, is said before.
UPDATE ledger.run r
SET planned_at = now(), plan_lease_until = NULL,
    notice = nullif(concat_ws('; ',
      CASE WHEN beyond_budget > 0
           THEN 'the budget of ' || trim_scale(max_cost_usd) || ' USD leaves out ' || beyond_budget
                || CASE WHEN beyond_budget = 1 THEN ' image' ELSE ' images' END END,
      CASE WHEN :#${exchangeProperty.balanceUsd}::numeric < need.usd
           THEN 'Novita''s balance of ' || trim_scale(:#${exchangeProperty.balanceUsd}::numeric)
                || ' USD is less than the ' || trim_scale(need.usd)
                || ' USD this run needs: it will halt when the balance is used up' END), '')
FROM (SELECT coalesce(sum(price_usd), 0) AS usd FROM ledger.run_count_now
      WHERE run_id = :#${exchangeProperty.run.id} AND state = 'PLANNED') need
WHERE id = :#${exchangeProperty.run.id} AND planned_at IS NULL AND state = 'RUNNING'
  AND plan_token IS NOT DISTINCT FROM :#${exchangeProperty.run.planToken}
RETURNING notice
