-- Nothing has been done for the paid task that was claimed: it is free again.
UPDATE ledger.task SET claimed_by = NULL, lease_until = NULL
WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTED' AND claimed_by = :#${bean:settings.instance}
