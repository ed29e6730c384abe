-- A run that has nothing left to wait for, but joined an image that another run then did not make, is planned again.
WITH ended AS (
  SELECT r.id FROM ledger.run r
  WHERE r.state IN ('RUNNING', 'PAUSED', 'HALTED') AND r.planned_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM ledger.task t
                    WHERE t.run_id = r.id AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED'))
    -- the first one will do: a run may have joined half a million
    AND (SELECT t.id
         FROM ledger.run_join j
         CROSS JOIN LATERAL (
           SELECT id FROM ledger.task
           WHERE id = j.task_id AND state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
           OFFSET 0) t
         WHERE j.run_id = r.id
         ORDER BY j.task_id
         LIMIT 1) IS NULL
  FOR UPDATE SKIP LOCKED
),
gone AS (
  DELETE FROM ledger.run_join j USING ended, ledger.task t
  WHERE j.run_id = ended.id AND t.id = j.task_id
    AND t.state = 'CANCELLED' AND t.error_reason IN ('RUN_CANCELLED', 'TAKEN_OVER')
  RETURNING j.run_id
)
UPDATE ledger.run SET planned_at = NULL, plan_position = 0, plan_lease_until = now(), plan_token = NULL
WHERE id IN (SELECT run_id FROM gone)
