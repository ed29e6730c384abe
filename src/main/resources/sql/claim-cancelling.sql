-- A run that an instance began to cancel, and whose next piece is overdue: that instance has stopped.
UPDATE generation_run SET cancelling_at = now()
WHERE id = (
  SELECT id FROM generation_run
  WHERE cancelling_at < now() - interval '30 seconds'
  ORDER BY cancelling_at
  LIMIT 1
  FOR UPDATE SKIP LOCKED)
RETURNING id
