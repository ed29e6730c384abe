-- Submits whose claim has run out: whether the request went out is not known, but to the instance that has the claim and
-- has never worked on it, as the answer to its own statement was lost. One that lasts for longer than any was taken before
-- the clock was set back.
WITH expired AS MATERIALIZED (
  SELECT id, attempts,
         claimed_by = :#${bean:settings.instance} AND NOT id = ANY (:#unsettled::uuid[]) AS unsent
  FROM generation_task
  WHERE state = 'SUBMITTING'
    AND (lease_until < now() OR lease_until > now() + make_interval(secs => 60 + 2 * :#${bean:settings.leaseSeconds}))
  FOR UPDATE SKIP LOCKED
),
permit AS (
  UPDATE submit_permit p SET task_id = NULL, free_at = CASE WHEN e.unsent THEN now() ELSE now() + interval '60.1 seconds' END
  FROM expired e WHERE p.task_id = e.id AND p.attempt = e.attempts
)
UPDATE generation_task t
SET state = CASE WHEN e.unsent THEN 'PLANNED' ELSE 'UNCONFIRMED' END,
    unconfirmed_at = CASE WHEN NOT e.unsent THEN now() END,
    claimed_by = NULL, lease_until = NULL,
    error_reason = CASE WHEN NOT e.unsent THEN 'INSTANCE_GONE' END, error_status = NULL,
    error_message = CASE WHEN NOT e.unsent
                         THEN 'The instance that submitted the image stopped before the answer was written down' END
FROM expired e WHERE t.id = e.id
