-- The models for which an image waits to be submitted now, in a run that goes on and has not halted them.
SELECT m.model
FROM jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text)
WHERE EXISTS (
  SELECT FROM ledger.run r
  WHERE r.state = 'RUNNING' AND r.planned_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM ledger.run_halt h WHERE h.run_id = r.id AND h.model = m.model)
    AND EXISTS (SELECT FROM ledger.task t
                WHERE t.run_id = r.id AND t.model = m.model AND t.state = 'PLANNED' AND t.submit_after <= now()))
