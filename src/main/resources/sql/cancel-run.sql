-- The run makes nothing more; what is paid is collected and stored. Runs that have joined it plan what is left of
-- their images themselves.
WITH run AS (
  UPDATE generation_run
  SET state = 'CANCELLED', reason = 'Cancelled by an operator', finished_at = now(), planned_at = coalesce(planned_at, now())
  WHERE id = :#run::uuid AND state IN ('RUNNING', 'PAUSED', 'HALTED')
  RETURNING id
),
left_over AS (
  UPDATE generation_task t SET state = 'CANCELLED', finished_at = now()
  FROM run WHERE t.run_id = run.id AND t.state = 'PLANNED'
  RETURNING t.id
)
UPDATE generation_run r SET planned_at = NULL, plan_lease_until = NULL
FROM generation_run_join j JOIN left_over ON left_over.id = j.task_id
WHERE r.id = j.run_id AND r.state IN ('RUNNING', 'PAUSED', 'HALTED') AND r.id <> :#run::uuid
