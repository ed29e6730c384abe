-- The schedule gives every halted run another chance, once for each of its slots.
UPDATE generation_run SET state = 'RUNNING', reason = NULL, planned_at = NULL, plan_position = 0, plan_lease_until = now(), plan_token = NULL,
    plan = :#${bean:enumeration.digest}
WHERE state = 'HALTED' AND NOT EXISTS (SELECT FROM generation_run WHERE schedule_slot = :#slot::timestamptz)
