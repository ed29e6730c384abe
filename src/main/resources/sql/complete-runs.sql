-- A run is complete when it was planned, and nothing of it or of what it joined is unfinished.
UPDATE generation_run r SET state = 'COMPLETED', finished_at = now()
WHERE r.state IN ('RUNNING', 'PAUSED', 'HALTED') AND r.planned_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM generation_task t
                  WHERE t.run_id = r.id AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED'))
  AND NOT EXISTS (SELECT FROM generation_run_join j JOIN generation_task t ON t.id = j.task_id
                  WHERE j.run_id = r.id AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED'))
