-- Images whose model is no longer in the models' file cannot be submitted by anybody who has this one.
-- From each model that a run waits for to the next one, so that a million planned images cost no more than one.
WITH RECURSIVE waiting AS (
  SELECT r.id AS run_id, (SELECT min(t.model) FROM ledger.task t WHERE t.run_id = r.id AND t.state = 'PLANNED') AS model
  FROM ledger.run r
  WHERE r.state = 'RUNNING' AND r.planned_at IS NOT NULL
  UNION ALL
  SELECT w.run_id, (SELECT min(t.model) FROM ledger.task t WHERE t.run_id = w.run_id AND t.state = 'PLANNED' AND t.model > w.model)
  FROM waiting w
  WHERE w.model IS NOT NULL
),
halt AS (
  INSERT INTO ledger.run_halt (run_id, model, reason)
  SELECT run_id, model, 'MODEL_GONE: the models'' file has no model ' || model || ' any more'
  FROM waiting
  WHERE model NOT IN (SELECT m.model FROM jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text))
  ON CONFLICT DO NOTHING
  RETURNING run_id, reason
)
UPDATE ledger.run r SET reason = concat_ws('; ', r.reason, h.reasons)
FROM (SELECT run_id, string_agg(reason, '; ') AS reasons FROM halt GROUP BY run_id) h
WHERE r.id = h.run_id
