-- Images whose model is no longer in the models' file cannot be submitted by anybody who has this one.
INSERT INTO ledger.run_halt (run_id, model, reason)
SELECT DISTINCT t.run_id, t.model, 'MODEL_GONE: the models'' file has no model ' || t.model || ' any more'
FROM ledger.task t
WHERE t.state = 'PLANNED'
  AND t.model NOT IN (SELECT m.model FROM jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text))
ON CONFLICT DO NOTHING
