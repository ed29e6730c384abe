-- The schedule gives every halted run another chance.
UPDATE generation_run SET state = 'RUNNING', reason = NULL, planned_at = NULL, plan_lease_until = now(), plan_token = NULL,
    plan = :#${bean:enumeration.digest}
WHERE state = 'HALTED'
