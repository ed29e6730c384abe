-- Novita says that a task is finished. It is only a hint: where the task is known, it is due at once; where it is not,
-- for the answer to its submit was lost, the hint is kept until Novita was asked whether it is true.
-- A webhook about an earlier attempt that Novita failed comes late and changes nothing.
WITH due AS (
  UPDATE ledger.task SET next_poll_at = CASE WHEN claimed_by IS NULL THEN least(next_poll_at, now()) ELSE now() END
  WHERE id = :#${body.task} AND state = 'SUBMITTED' AND provider_task_id = :#${body.providerTaskId}
)
INSERT INTO ledger.webhook_hint (task_id, provider_task_id)
SELECT t.id, :#${body.providerTaskId}
FROM ledger.task t
WHERE t.id = :#${body.task} AND t.attempts > 0
  AND t.provider_task_id IS DISTINCT FROM :#${body.providerTaskId} AND NOT :#${body.providerTaskId} = ANY (t.lost_task_ids)
  AND (SELECT count(*) FROM ledger.webhook_hint h WHERE h.task_id = t.id) < 10
ON CONFLICT DO NOTHING
