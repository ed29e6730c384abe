-- A paused or halted run, or one that has halted a model, goes on, and what waits in it is tried at once. It is planned again, which takes over what
-- other halted runs have left of its images, by an instance like this one.
WITH in_order AS (
  DELETE FROM ledger.brake_cause
),
trusted AS (
  DELETE FROM ledger.run_halt WHERE run_id = :#run::uuid
  RETURNING run_id
),
run AS (
  UPDATE ledger.run SET state = 'RUNNING', reason = NULL,
    planned_at = NULL, plan_position = 0, plan_lease_until = now(), plan_token = NULL, plan = :#${bean:enumeration.digest}
  WHERE id = :#run::uuid AND (state IN ('PAUSED', 'HALTED') OR state = 'RUNNING' AND EXISTS (SELECT FROM trusted))
  RETURNING id
)
UPDATE ledger.task t SET submit_after = now(), setbacks = 0
FROM run WHERE t.run_id = run.id AND t.state = 'PLANNED' AND (t.submit_after > now() OR t.setbacks > 0)
