-- A picture was stored since the brake halted the runs: they go on, and are planned again as by whoever resumes a run.
UPDATE generation_run SET state = 'RUNNING', reason = NULL,
    planned_at = NULL, plan_position = 0, plan_lease_until = now(), plan_token = NULL
WHERE state = 'HALTED' AND braked_at IS NOT NULL AND NOT EXISTS (SELECT FROM brake_cause)
