-- A run is complete when it was planned, and nothing of it or of what it joined is unfinished or was left unmade.
-- A run whose row changes meanwhile, as by a replay, is looked at again later: its tasks may have changed as well.
-- Tells of each how many of its images, its own ones and those it joined, are stored.
WITH completed AS (
  UPDATE ledger.run r SET state = 'COMPLETED', finished_at = now(),
      reason = CASE WHEN r.cancelling_at IS NULL THEN r.reason END
  FROM ledger.run seen
  WHERE seen.id = r.id AND seen.xmin = r.xmin
    AND r.state IN ('RUNNING', 'PAUSED', 'HALTED') AND r.planned_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM ledger.task t
                    WHERE t.run_id = r.id AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED'))
    -- the first one will do: a run may have joined half a million
    AND (SELECT t.id
         FROM ledger.run_join j
         CROSS JOIN LATERAL (
           SELECT id FROM ledger.task
           WHERE id = j.task_id
             AND (state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
                  OR state = 'CANCELLED' AND error_reason IN ('RUN_CANCELLED', 'TAKEN_OVER'))
           OFFSET 0) t
         WHERE j.run_id = r.id
         ORDER BY j.task_id
         LIMIT 1) IS NULL
  RETURNING r.id
)
SELECT c.id, sum(images)::bigint AS images, sum(stored)::bigint AS stored
FROM completed c
CROSS JOIN LATERAL (
  SELECT coalesce(sum(images), 0) AS images, coalesce(sum(images) FILTER (WHERE state IN ('STORED', 'SKIPPED')), 0) AS stored
  FROM ledger.run_count_now WHERE run_id = c.id AND state NOT IN ('CANCELLED', 'JOINED')
  UNION ALL
  SELECT count(*), count(*) FILTER (WHERE t.state IN ('STORED', 'SKIPPED'))
  FROM ledger.run_join j JOIN ledger.task t ON t.id = j.task_id WHERE j.run_id = c.id) counted
GROUP BY c.id
