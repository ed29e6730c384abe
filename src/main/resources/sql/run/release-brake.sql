-- A picture of the model was stored since the brake halted it: the runs go on with it. One of which another run has taken
-- images over meanwhile is planned again, to wait for those.
WITH released AS (
  DELETE FROM ledger.run_halt h
  WHERE h.braked_at IS NOT NULL
    AND EXISTS (SELECT FROM ledger.task t WHERE t.state = 'STORED' AND t.model = h.model AND t.finished_at > h.braked_at)
  RETURNING h.run_id, h.model
)
UPDATE ledger.run r
SET state = CASE WHEN state = 'HALTED' THEN 'RUNNING' ELSE state END,
    reason = (SELECT string_agg(h.reason, '; ') FROM ledger.run_halt h
              WHERE h.run_id = r.id AND (h.run_id, h.model) NOT IN (SELECT run_id, model FROM released)),
    planned_at = CASE WHEN taken.over THEN NULL ELSE planned_at END,
    plan_position = CASE WHEN taken.over THEN 0 ELSE plan_position END
FROM (SELECT DISTINCT run_id, EXISTS (SELECT FROM ledger.task t
                                      WHERE t.run_id = released.run_id AND t.state = 'CANCELLED' AND t.error_reason = 'TAKEN_OVER') AS over
      FROM released) taken
WHERE r.id = taken.run_id AND r.state IN ('RUNNING', 'PAUSED', 'HALTED')
