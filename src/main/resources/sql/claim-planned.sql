-- Claims planned tasks for a submit, as many as there are free permits, in one statement.
-- The lease is kept alive while the submit goes on; the permit is held until the answer is written down.
WITH permit AS MATERIALIZED (
  SELECT slot FROM submit_permit
  WHERE free_at <= now() AND slot <= :#${bean:settings.imagesPerMinute}
  ORDER BY free_at, slot
  LIMIT :#batch
  FOR UPDATE SKIP LOCKED
),
due AS MATERIALIZED (
  SELECT t.id, t.position FROM generation_task t JOIN generation_run r ON r.id = t.run_id
  WHERE t.state = 'PLANNED' AND t.submit_after <= now() AND r.state = 'RUNNING'
  ORDER BY t.submit_after, t.position
  LIMIT (SELECT count(*) FROM permit)
  FOR UPDATE OF t SKIP LOCKED
),
pair AS (
  SELECT id, slot
  FROM (SELECT id, row_number() OVER (ORDER BY position) AS n FROM due) d
  JOIN (SELECT slot, row_number() OVER (ORDER BY slot) AS n FROM permit) p USING (n)
),
held AS (
  UPDATE submit_permit s
  SET task_id = pair.id, free_at = now() + interval '15 minutes'
  FROM pair WHERE s.slot = pair.slot
)
UPDATE generation_task t
SET state = 'SUBMITTING', attempts = attempts + 1,
    claimed_by = :#${bean:settings.instance},
    lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds}),
    webhook_token = coalesce(webhook_token, replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''))
FROM pair WHERE t.id = pair.id
RETURNING t.*
