-- A run that was completed just as one of its tasks was put back to work goes on.
UPDATE ledger.run r SET state = 'RUNNING', reason = NULL, finished_at = NULL
WHERE r.state = 'COMPLETED' AND r.finished_at > now() - interval '1 hour'
  AND EXISTS (SELECT FROM ledger.task t
              WHERE t.run_id = r.id AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED'))
