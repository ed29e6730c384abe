-- A run is complete when it was planned and nothing of it is unfinished. A halted one is over as well when a later
-- run took over what was left of it.
UPDATE generation_run r SET state = 'COMPLETED', finished_at = now()
WHERE (r.state IN ('RUNNING', 'HALTED') AND r.planned_at IS NOT NULL
       OR r.state = 'HALTED' AND EXISTS (SELECT FROM generation_run later
                                         WHERE later.started_at > r.started_at AND later.planned_at IS NOT NULL))
  AND NOT EXISTS (SELECT FROM generation_task t
                  WHERE t.run_id = r.id AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED'))
