-- What this instance is working on stays its own. A row that is just being changed is passed over: it is not recovered
-- either while that lasts.
UPDATE ledger.task
SET lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds})
WHERE id IN (
  SELECT id FROM ledger.task
  WHERE id = ANY (:#taskIds::uuid[]) AND claimed_by = :#${bean:settings.instance} AND lease_until IS NOT NULL
  FOR UPDATE SKIP LOCKED)
