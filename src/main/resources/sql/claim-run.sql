-- The oldest run that is still to be planned, or whose planner died. One that an instance with another catalogue or other
-- settings took on is left to its like; only where none has planned it for a minute, there is none any more.
UPDATE generation_run
SET plan_lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds}), beyond_budget = 0,
    plan_token = gen_random_uuid(), plan = :#${bean:enumeration.digest}
WHERE id = (
  SELECT id FROM generation_run
  WHERE state = 'RUNNING' AND planned_at IS NULL
    AND (plan_lease_until IS NULL OR plan_lease_until <= now())
    AND (plan IS NULL OR plan = :#${bean:enumeration.digest}
         OR coalesce(plan_lease_until, started_at) < now() - interval '1 minute')
  ORDER BY started_at, id
  LIMIT 1
  FOR UPDATE SKIP LOCKED)
RETURNING id, trigger, mode, category, filter_values, style, max_cost_usd, plan_token
