-- Claims the task that a message names, for a submit, on the conditions of claim-planned: a message that is late, doubled
-- or wrong claims nothing. The message has arrived: where nothing is claimed, the task may be handed out again.
WITH arrived AS (
  DELETE FROM ledger.handed_task WHERE step = 'submit' AND task_id = :#taskId::uuid
),
running AS MATERIALIZED (
  SELECT r.id FROM ledger.run r
  WHERE r.id = (SELECT t.run_id FROM ledger.task t WHERE t.id = :#taskId::uuid)
    AND r.state = 'RUNNING' AND r.planned_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM ledger.run_halt h WHERE h.run_id = r.id AND h.model = :#model)
  FOR SHARE SKIP LOCKED
),
due AS MATERIALIZED (
  SELECT t.id, t.attempts + 1 AS attempt FROM ledger.task t
  WHERE t.id = :#taskId::uuid AND t.model = :#model AND t.state = 'PLANNED' AND t.submit_after <= now() AND t.run_id IN (SELECT id FROM running)
    AND NOT EXISTS (SELECT FROM ledger.webhook_hint h WHERE h.task_id = t.id)
  FOR UPDATE SKIP LOCKED
),
permit AS MATERIALIZED (
  SELECT slot FROM ledger.permit
  WHERE model = :#model AND (free_at <= now() OR free_at > now() + interval '61 minutes') AND EXISTS (SELECT FROM due)
    AND slot <= (SELECT m.slots FROM jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text, slots int) WHERE m.model = :#model)
  ORDER BY free_at, slot
  LIMIT 1
  FOR UPDATE SKIP LOCKED
),
pair AS (
  SELECT id, attempt, slot FROM due, permit
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
