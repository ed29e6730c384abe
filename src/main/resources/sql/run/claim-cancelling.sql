-- A run that an instance began to cancel, and whose next piece is overdue: that instance has stopped.
UPDATE ledger.run SET cancelling_at = now()
WHERE id = (
  SELECT id FROM ledger.run
  WHERE cancelling_at < now() - interval '30 seconds'
  ORDER BY cancelling_at
  LIMIT 1
  FOR UPDATE SKIP LOCKED)
RETURNING id
