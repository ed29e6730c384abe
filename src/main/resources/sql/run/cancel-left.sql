-- A submit that was under way when its run was cancelled, and came back unpaid. The runs that have planned images are
-- looked for one after the other in the index of these: few have, however many were cancelled once.
WITH RECURSIVE planned AS (
  (SELECT run_id FROM ledger.task WHERE state = 'PLANNED' ORDER BY run_id LIMIT 1)
  UNION ALL
  SELECT (SELECT t.run_id FROM ledger.task t WHERE t.state = 'PLANNED' AND t.run_id > p.run_id ORDER BY t.run_id LIMIT 1)
  FROM planned p WHERE p.run_id IS NOT NULL
)
UPDATE ledger.task t
SET state = 'CANCELLED', finished_at = now(),
    error_reason = 'RUN_CANCELLED', error_status = NULL, error_message = 'The run was cancelled'
FROM planned
CROSS JOIN LATERAL (SELECT id FROM ledger.run WHERE id = planned.run_id AND state = 'CANCELLED' OFFSET 0) r
WHERE t.run_id = r.id AND t.state = 'PLANNED'
