-- Images whose model is no longer in the models' file cannot be submitted by anybody who has this one.
WITH halt AS (
  INSERT INTO ledger.run_halt (run_id, model, reason)
  SELECT DISTINCT r.id, t.model, 'MODEL_GONE: the models'' file has no model ' || t.model || ' any more'
  FROM ledger.run r JOIN ledger.task t ON t.run_id = r.id AND t.state = 'PLANNED'
  WHERE r.state = 'RUNNING' AND r.planned_at IS NOT NULL
    AND t.model NOT IN (SELECT m.model FROM jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text))
  ON CONFLICT DO NOTHING
  RETURNING run_id, reason
)
UPDATE ledger.run r SET reason = concat_ws('; ', r.reason, h.reasons)
FROM (SELECT run_id, string_agg(reason, '; ') AS reasons FROM halt GROUP BY run_id) h
WHERE r.id = h.run_id
