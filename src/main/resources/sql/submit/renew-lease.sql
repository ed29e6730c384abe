-- The claim is still this instance's and this turn's, and stays so for another lease. Tells whether its run goes on.
UPDATE ledger.task t
SET lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds})
WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTING'
  AND claimed_by = :#${bean:settings.instance} AND attempts = :#${exchangeProperty.task.attempts}
RETURNING (SELECT r.state FROM ledger.run r WHERE r.id = t.run_id)
