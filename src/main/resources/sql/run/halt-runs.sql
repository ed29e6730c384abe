-- Every image would fail the same way: all runs stop before more time or money is spent.
WITH task AS (
  UPDATE ledger.task
  SET state = 'PLANNED', submit_after = now(), claimed_by = NULL, lease_until = NULL,
      error_reason = :#${exchangeProperty.failure.reason},
      error_status = :#${exchangeProperty.failure.status},
      error_message = :#${exchangeProperty.failure.message}
  WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTING'
  AND claimed_by = :#${bean:settings.instance} AND attempts = :#${exchangeProperty.task.attempts}
)
UPDATE ledger.run SET state = 'HALTED', reason = :#${exchangeProperty.failure.sentence}, braked_at = NULL
WHERE state = 'RUNNING'
