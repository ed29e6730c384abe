-- The brake of the whole pipeline. One more answer to a submit was lost, or one more paid picture could not be stored: where
-- there were as many in a row as the settings allow, nothing more is submitted. What is paid goes on being collected.
-- The same picture counts once. A person who resumes a run, and a picture that is stored, let it go on until the next one.
-- Tells how many runs were halted.
WITH noted AS (
  INSERT INTO ledger.brake_cause (kind, model, task_id, attempt)
  SELECT :#${exchangeProperty.brake}, :#${exchangeProperty.task.model}, :#${exchangeProperty.task.id},
         CASE WHEN :#${exchangeProperty.brake} = 'PICTURE' THEN 0 ELSE :#${exchangeProperty.task.attempts} END
  ON CONFLICT DO NOTHING
  RETURNING kind
),
row_of AS (
  SELECT (SELECT count(*) FROM ledger.brake_cause
          WHERE kind = :#${exchangeProperty.brake} AND (kind = 'PICTURE' OR model = :#${exchangeProperty.task.model})) + (SELECT count(*) FROM noted) AS causes
)
UPDATE ledger.run
SET state = 'HALTED', braked_at = now(),
    reason = CASE :#${exchangeProperty.brake}
      WHEN 'ANSWER' THEN 'The answers to the last ' || causes || ' submits were lost, and each may be paid for; the last one: '
      WHEN 'GATEWAY' THEN 'A gateway has answered the last ' || causes || ' submits with an error page, and each may be paid for; the last one: '
      ELSE 'The last ' || causes || ' paid pictures could not be stored, and more would be paid for; the last one: ' END
      || :#${exchangeProperty.failure.sentence}
FROM row_of
WHERE state = 'RUNNING' AND EXISTS (SELECT FROM noted)
  AND causes >= CASE :#${exchangeProperty.brake}
                  WHEN 'ANSWER' THEN :#${bean:settings.maxLostAnswers}::int
                  WHEN 'GATEWAY' THEN :#${bean:settings.maxGatewayErrors}::int ELSE :#${bean:settings.maxUnstoredPictures}::int END
