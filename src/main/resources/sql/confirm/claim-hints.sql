-- Hints that are due, claimed so that a failure is tried again later. While a submit is under way its answer may still
-- come; what the ledger knows meanwhile needs no hint, and what cannot be settled holds nothing up for ever.
WITH moot AS (
  DELETE FROM ledger.webhook_hint h USING ledger.task t
  WHERE t.id = h.task_id
    AND (t.provider_task_id = h.provider_task_id OR h.provider_task_id = ANY (t.lost_task_ids)
         OR h.created_at < now() - make_interval(secs => :#${bean:settings.giveUpSeconds}))
)
UPDATE ledger.webhook_hint h SET due_at = now() + make_interval(secs => :#${bean:settings.leaseSeconds})
WHERE ctid = ANY (ARRAY(
  SELECT h.ctid
  FROM ledger.webhook_hint h JOIN ledger.task t ON t.id = h.task_id
  WHERE h.due_at <= now() AND t.state <> 'SUBMITTING'
    AND t.provider_task_id IS DISTINCT FROM h.provider_task_id AND NOT h.provider_task_id = ANY (t.lost_task_ids)
    AND h.created_at >= now() - make_interval(secs => :#${bean:settings.giveUpSeconds})
  ORDER BY h.due_at
  LIMIT 5
  FOR UPDATE OF h SKIP LOCKED))
RETURNING task_id AS id, provider_task_id, (SELECT t.model FROM ledger.task t WHERE t.id = h.task_id) AS model
