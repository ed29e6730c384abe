-- Marks paid tasks for which messages are about to be sent: the ones that claim-due would claim, and no more in all than
-- are to wait in the queue. Nothing is claimed by it.
WITH due AS (
  SELECT t.id FROM ledger.task t
  WHERE t.state = 'SUBMITTED' AND t.next_poll_at <= now() AND t.lease_until IS NULL
    AND NOT EXISTS (SELECT FROM ledger.handed_task m WHERE m.step = 'collect' AND m.task_id = t.id AND m.until > now())
  ORDER BY t.next_poll_at
  LIMIT (SELECT greatest(:#batch - count(*), 0) FROM ledger.handed_task WHERE step = 'collect' AND until > now())
)
INSERT INTO ledger.handed_task AS m (step, task_id, until)
SELECT 'collect', id, now() + make_interval(secs => :#${bean:settings.leaseSeconds}) FROM due
ON CONFLICT (step, task_id) DO UPDATE SET until = excluded.until WHERE m.until <= now()
RETURNING task_id
