-- A run is complete when it was planned and nothing of it is unfinished.
UPDATE generation_run r SET state = 'COMPLETED', finished_at = now()
WHERE r.state IN ('RUNNING', 'HALTED') AND r.planned_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM generation_task t
                  WHERE t.run_id = r.id AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED'))
