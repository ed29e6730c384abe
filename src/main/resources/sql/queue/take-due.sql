-- Claims the paid task that a message names, on the conditions of claim-due: a message that is late, doubled or wrong
-- claims nothing. The message has arrived: where nothing is claimed, the task may be handed out again.
WITH arrived AS (
  DELETE FROM ledger.handed_task WHERE step = 'collect' AND task_id = :#taskId::uuid
)
UPDATE ledger.task
SET claimed_by = :#${bean:settings.instance},
    lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds})
WHERE id = ANY (ARRAY(
  SELECT id FROM ledger.task
  WHERE id = :#taskId::uuid AND state = 'SUBMITTED' AND next_poll_at <= now() AND lease_until IS NULL
  FOR UPDATE SKIP LOCKED))
RETURNING *, now() AS claimed_at
