-- Novita failed to generate the image: it may be submitted again, as a new attempt that is paid anew,
-- unless the attempts or the run's budget are used up: then nothing changes.
WITH task AS (
  SELECT t.id,
         cardinality(t.lost_task_ids) + 1 < :#${bean:settings.maxAttempts}
         AND (r.max_cost_usd IS NULL OR r.max_cost_usd >= :#${bean:settings.priceUsd} + (
           SELECT sum(cost_usd + possible_cost_usd)
                  + :#${bean:settings.priceUsd} * count(*) FILTER (WHERE state IN ('PLANNED', 'SUBMITTING', 'UNCONFIRMED'))
           FROM generation_task p WHERE p.run_id = r.id)) AS again
  FROM generation_task t JOIN generation_run r ON r.id = t.run_id
  WHERE t.id = :#${exchangeProperty.task.id}
  FOR UPDATE
)
UPDATE generation_task t
SET state = 'PLANNED', submit_after = now(), claimed_by = NULL, lease_until = NULL,
    lost_task_ids = lost_task_ids || novita_task_id, novita_task_id = NULL,
    error_reason = :#${exchangeProperty.failure.reason},
    error_status = :#${exchangeProperty.failure.status},
    error_message = :#${exchangeProperty.failure.message}
FROM task WHERE t.id = task.id AND again AND t.state = 'SUBMITTED' AND novita_task_id = :#${exchangeProperty.task.novitaTaskId}
