-- Marks planned tasks of a model for which messages are about to be sent: the ones that claim-planned would claim, as many as there
-- are free permits, and no more in all than are to wait in the queue. Nothing is claimed by it.
WITH open AS (
  SELECT least(:#batch, (SELECT count(*) FROM ledger.permit
                         WHERE model = :#model AND (free_at <= now() OR free_at > now() + interval '61 minutes')
                           AND slot <= (SELECT m.slots FROM jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text, slots int) WHERE m.model = :#model)))
         - (SELECT count(*) FROM ledger.handed_task m JOIN ledger.task t ON t.id = m.task_id
            WHERE m.step = 'submit' AND m.until > now() AND t.model = :#model) AS places
),
due AS (
  SELECT t.id
  FROM ledger.run r
  CROSS JOIN LATERAL (
    SELECT id, submit_after, position FROM ledger.task t
    WHERE t.run_id = r.id AND t.model = :#model AND t.state = 'PLANNED' AND t.submit_after <= now()
      AND NOT EXISTS (SELECT FROM ledger.webhook_hint h WHERE h.task_id = t.id)
      AND NOT EXISTS (SELECT FROM ledger.handed_task m WHERE m.step = 'submit' AND m.task_id = t.id AND m.until > now())
    ORDER BY t.submit_after, t.position
    LIMIT (SELECT greatest(places, 0) FROM open)) t
  WHERE r.state = 'RUNNING' AND r.planned_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM ledger.run_halt h WHERE h.run_id = r.id AND h.model = :#model)
  ORDER BY t.submit_after, t.position
  LIMIT (SELECT greatest(places, 0) FROM open)
)
INSERT INTO ledger.handed_task AS m (step, task_id, until)
SELECT 'submit', id, now() + make_interval(secs => :#${bean:settings.leaseSeconds}) FROM due
ON CONFLICT (step, task_id) DO UPDATE SET until = excluded.until WHERE m.until <= now()
RETURNING task_id
