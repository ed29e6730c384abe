-- The catalogue has been walked through: from now on the run is complete when its tasks are.
UPDATE generation_run r
SET planned_at = now(), plan_lease_until = NULL,
    reason = CASE WHEN floor(max_cost_usd / :#${bean:settings.priceUsd})
                       <= (SELECT count(*) FROM generation_task t WHERE t.run_id = r.id)
                  THEN 'planned as many images as the budget of ' || trim_scale(max_cost_usd) || ' USD allows'
             END
WHERE id = :#${exchangeProperty.run.id} AND planned_at IS NULL AND state = 'RUNNING'
