-- Every image of the model would fail the same way: the runs stop what needs it before more time or money is spent. What
-- other models make of them goes on.
WITH task AS (
  UPDATE ledger.task
  SET state = 'PLANNED', submit_after = now(), claimed_by = NULL, lease_until = NULL,
      error_reason = :#${exchangeProperty.failure.reason},
      error_status = :#${exchangeProperty.failure.status},
      error_message = :#${exchangeProperty.failure.message}
  WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTING'
    AND claimed_by = :#${bean:settings.instance} AND attempts = :#${exchangeProperty.task.attempts}
),
halt AS (
  INSERT INTO ledger.run_halt (run_id, model, reason)
  SELECT id, :#${exchangeProperty.task.model}, :#${exchangeProperty.failure.sentence} FROM ledger.run
  WHERE state = 'RUNNING'
  ON CONFLICT DO NOTHING
  RETURNING run_id, reason
)
UPDATE ledger.run r SET reason = concat_ws('; ', r.reason, halt.reason)
FROM halt WHERE r.id = halt.run_id
