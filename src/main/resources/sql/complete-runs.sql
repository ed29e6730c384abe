-- A run is complete when it was planned, and nothing of it or of what it joined is unfinished or was left unmade.
-- A run whose row changes meanwhile, as by a replay, is looked at again later: its tasks may have changed as well.
UPDATE generation_run r SET state = 'COMPLETED', finished_at = now()
FROM generation_run seen
WHERE seen.id = r.id AND seen.xmin = r.xmin
  AND r.state IN ('RUNNING', 'PAUSED', 'HALTED') AND r.planned_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM generation_task t
                  WHERE t.run_id = r.id AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED'))
  AND NOT EXISTS (SELECT FROM generation_run_join j JOIN generation_task t ON t.id = j.task_id
                  WHERE j.run_id = r.id
                    AND (t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
                         OR t.state = 'CANCELLED' AND t.error_reason IN ('RUN_CANCELLED', 'TAKEN_OVER')))
