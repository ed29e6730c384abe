-- The oldest run that is still to be planned, or whose planner died: then it goes on where that one was. One that an
-- instance with another catalogue or other settings took on is left to its like; only where none has planned it for a
-- minute, there is none any more, and it is planned from the beginning.
UPDATE ledger.run
SET plan_lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds}),
    plan_position = CASE WHEN plan = :#${bean:enumeration.digest} THEN plan_position ELSE 0 END,
    beyond_budget = CASE WHEN plan = :#${bean:enumeration.digest} AND plan_position > 0 THEN beyond_budget ELSE 0 END,
    plan_token = gen_random_uuid(), plan = :#${bean:enumeration.digest}
WHERE id = (
  SELECT id FROM ledger.run
  WHERE state = 'RUNNING' AND planned_at IS NULL
    AND (plan_lease_until IS NULL OR plan_lease_until <= now()
         -- taken before the clock was set back
         OR plan_lease_until > now() + interval '61 minutes')
    AND (plan IS NULL OR plan = :#${bean:enumeration.digest}
         OR coalesce(plan_lease_until, started_at) < now() - interval '1 minute')
  ORDER BY started_at, id
  LIMIT 1
  FOR UPDATE SKIP LOCKED)
RETURNING id, trigger, mode, category, filter_values, style, max_cost_usd, plan_token, plan_position
