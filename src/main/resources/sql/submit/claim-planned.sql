-- Claims planned tasks of a model for a submit, as many as it has free permits, in one statement.
-- The lease is kept alive while the submit goes on; the permit is held until the answer is written down. One that is held
-- for longer than any is was taken before the clock was set back.
-- What a webhook says was accepted already waits until Novita was asked.
-- A run whose row is just changing, to pause it for instance, is passed over until the next claim.
WITH permit AS MATERIALIZED (
  SELECT slot FROM ledger.permit
  WHERE model = :#model AND (free_at <= now() OR free_at > now() + interval '61 minutes')
    AND slot <= (SELECT m.slots FROM jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text, slots int) WHERE m.model = :#model)
  ORDER BY free_at, slot
  LIMIT :#batch
  FOR UPDATE SKIP LOCKED
),
running AS MATERIALIZED (
  SELECT r.id FROM ledger.run r
  WHERE r.state = 'RUNNING' AND r.planned_at IS NOT NULL AND EXISTS (SELECT FROM permit)
    AND EXISTS (SELECT FROM ledger.task t
                WHERE t.run_id = r.id AND t.model = :#model AND t.state = 'PLANNED' AND t.submit_after <= now())
    AND NOT EXISTS (SELECT FROM ledger.run_halt h WHERE h.run_id = r.id AND h.model = :#model)
  FOR SHARE SKIP LOCKED
),
due AS MATERIALIZED (
  SELECT t.id, t.position, t.attempts + 1 AS attempt
  FROM running
  CROSS JOIN LATERAL (
    SELECT id, submit_after, position, attempts FROM ledger.task t
    WHERE t.run_id = running.id AND t.model = :#model AND t.state = 'PLANNED' AND t.submit_after <= now()
      AND NOT EXISTS (SELECT FROM ledger.webhook_hint h WHERE h.task_id = t.id)
    ORDER BY t.submit_after, t.position
    LIMIT (SELECT count(*) FROM permit)
    FOR UPDATE SKIP LOCKED) t
  ORDER BY t.submit_after, t.position
  LIMIT (SELECT count(*) FROM permit)
),
pair AS (
  SELECT id, attempt, slot
  FROM (SELECT id, attempt, row_number() OVER (ORDER BY position) AS n FROM due) d
  JOIN (SELECT slot, row_number() OVER (ORDER BY slot) AS n FROM permit) p USING (n)
),
held AS (
  UPDATE ledger.permit s
  SET task_id = pair.id, attempt = pair.attempt, free_at = now() + interval '60 minutes'
  FROM pair WHERE s.model = :#model AND s.slot = pair.slot
)
UPDATE ledger.task t
SET state = 'SUBMITTING', attempts = pair.attempt,
    claimed_by = :#${bean:settings.instance},
    lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds})
FROM pair WHERE t.id = pair.id
RETURNING t.*, now() AS claimed_at
