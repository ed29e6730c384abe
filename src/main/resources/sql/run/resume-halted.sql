-- The schedule gives every halted run another chance, once for each of its slots, as a person who resumes it would.
WITH in_order AS (
  DELETE FROM ledger.brake_cause
),
trusted AS (
  DELETE FROM ledger.run_halt WHERE NOT EXISTS (SELECT FROM ledger.run WHERE schedule_slot = :#slot::timestamptz)
  RETURNING run_id
),
run AS (
  UPDATE ledger.run SET state = 'RUNNING', reason = NULL,
    planned_at = NULL, plan_position = 0, plan_lease_until = now(), plan_token = NULL, plan = :#${bean:enumeration.digest}
  WHERE (state = 'HALTED' OR state = 'RUNNING' AND id IN (SELECT run_id FROM trusted)) AND NOT EXISTS (SELECT FROM ledger.run WHERE schedule_slot = :#slot::timestamptz)
  RETURNING id
)
UPDATE ledger.task t SET submit_after = now(), setbacks = 0
FROM run WHERE t.run_id = run.id AND t.state = 'PLANNED' AND (t.submit_after > now() OR t.setbacks > 0)
