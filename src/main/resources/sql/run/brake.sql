-- The brake. One more answer of a model to a submit was lost, or one more paid picture of it could not be stored: where there
-- were as many in a row as the settings allow, nothing more is submitted to it. What is paid goes on being collected.
-- The same picture counts once. A person who resumes a run, and a picture of the model that is stored, let it go on until the
-- next one.
-- Tells how many runs were halted.
WITH noted AS (
  INSERT INTO ledger.brake_cause (kind, model, task_id, attempt)
  SELECT :#${exchangeProperty.brake}, :#${exchangeProperty.task.model}, :#${exchangeProperty.task.id},
         CASE WHEN :#${exchangeProperty.brake} IN ('PICTURE', 'STORE') THEN 0 ELSE :#${exchangeProperty.task.attempts} END
  ON CONFLICT DO NOTHING
  RETURNING kind, model
),
row_of AS (
  SELECT noted.*, 1 + (SELECT count(*) FROM ledger.brake_cause c WHERE (c.kind, c.model) = (noted.kind, noted.model)) AS causes
  FROM noted
),
halt AS (
  INSERT INTO ledger.run_halt (run_id, model, braked_at, reason)
  SELECT r.id, row_of.model, now(),
         CASE row_of.kind
           WHEN 'ANSWER' THEN 'The answers to the last ' || causes || ' submits were lost, and each may be paid for; the last one: '
           WHEN 'GATEWAY' THEN 'A gateway has answered the last ' || causes || ' submits with an error page, and each may be paid for; the last one: '
           WHEN 'UNREADABLE' THEN 'The last ' || causes || ' submits were answered with neither a task nor an error that is known, and each may be paid for; the last one: '
           WHEN 'STORE' THEN 'The store has refused the last ' || causes || ' paid pictures, and more would be paid for; the last one: '
           ELSE 'The last ' || causes || ' paid pictures could not be stored, and more would be paid for; the last one: ' END
         || :#${exchangeProperty.failure.sentence}
  FROM row_of, ledger.run r
  WHERE r.state = 'RUNNING'
    AND causes >= CASE row_of.kind
                    WHEN 'ANSWER' THEN :#${bean:settings.maxLostAnswers}::int
                    WHEN 'GATEWAY' THEN :#${bean:settings.maxGatewayErrors}::int
                    -- its word is clear: a few will do
                    WHEN 'UNREADABLE' THEN least(3, :#${bean:settings.maxLostAnswers}::int)
                    WHEN 'STORE' THEN least(3, :#${bean:settings.maxUnstoredPictures}::int)
                    ELSE :#${bean:settings.maxUnstoredPictures}::int END
  ON CONFLICT DO NOTHING
  RETURNING run_id, reason
)
UPDATE ledger.run r SET reason = concat_ws('; ', r.reason, halt.reason)
FROM halt WHERE r.id = halt.run_id
