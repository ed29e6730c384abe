-- The store refuses the picture of an answer, which is nowhere but in the memory of its instance. The claim stays.
UPDATE ledger.task
SET error_reason = :#${exchangeProperty.failure.reason},
    error_status = :#${exchangeProperty.failure.status},
    error_message = :#${exchangeProperty.failure.message}
WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTED' AND claimed_by = :#${bean:settings.instance}
