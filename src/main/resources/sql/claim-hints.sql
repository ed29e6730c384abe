-- Hints about images that are in doubt, claimed so that a failure is tried again later. What has got its answer
-- meanwhile needs no hint.
WITH moot AS (
  DELETE FROM webhook_hint h USING generation_task t
  WHERE t.id = h.task_id AND t.state NOT IN ('SUBMITTING', 'UNCONFIRMED', 'PLANNED', 'FAILED')
)
UPDATE webhook_hint h SET due_at = now() + make_interval(secs => :#${bean:settings.leaseSeconds})
WHERE (task_id, novita_task_id) IN (
  SELECT h.task_id, h.novita_task_id
  FROM webhook_hint h JOIN generation_task t ON t.id = h.task_id
  WHERE h.due_at <= now() AND t.state IN ('UNCONFIRMED', 'PLANNED', 'FAILED')
  ORDER BY h.due_at
  LIMIT 10
  FOR UPDATE OF h SKIP LOCKED)
RETURNING task_id AS id, novita_task_id
