-- Claims paid tasks whose picture may be ready, or has been for so long, in one statement.
UPDATE ledger.task
SET claimed_by = :#${bean:settings.instance},
    lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds})
WHERE id = ANY (ARRAY(
  SELECT id FROM ledger.task
  WHERE state = 'SUBMITTED' AND next_poll_at <= now() - make_interval(secs => :#overdueSeconds) AND lease_until IS NULL
  ORDER BY next_poll_at
  LIMIT :#batch
  FOR UPDATE SKIP LOCKED))
RETURNING *, now() AS claimed_at
