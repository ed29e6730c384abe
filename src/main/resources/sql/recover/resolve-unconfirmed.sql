-- No webhook came within the grace period, or can come: the policy decides. Either way the row says what it may have cost.
-- Submitted again is what has attempts left, and room in the budget of a run that was not cancelled. Where the run is
-- held, as by who plans it, its images are decided later: who holds a run may wait for its images, which are held here.
-- A gateway's error page (502, 503) is decided at once where no webhook can say more, and tried again after growing pauses: it
-- is the image's own fault only where others get on meanwhile.
WITH doubt AS MATERIALIZED (
  SELECT t.id, t.run_id, t.position, t.price_usd, coalesce(t.error_status IN (502, 503), false) AS gateway,
         NOT :#${bean:settings.parkUnconfirmed}
         AND CASE WHEN t.error_status IN (502, 503)
                  THEN t.setbacks + 1 < :#${bean:settings.maxGatewayErrors}
                       OR NOT EXISTS (SELECT FROM ledger.task o
                                      WHERE o.state = 'STORED' AND o.finished_at > t.setback_since AND o.submitted_at > t.setback_since)
                  ELSE cardinality(t.lost_task_ids) + greatest(0, t.lost_answers - t.setbacks) + 1 < :#${bean:settings.maxAttempts} END AS again
  FROM ledger.task t
  WHERE t.state = 'UNCONFIRMED'
    AND (NOT EXISTS (SELECT FROM jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text, webhooks boolean)
                     WHERE m.model = t.model AND m.webhooks)
         OR t.error_status IN (502, 503) AND NOT :#${bean:settings.hasWebhooks}
         OR t.unconfirmed_at < now() - make_interval(secs => :#${bean:settings.unconfirmedGraceSeconds}))
    AND NOT EXISTS (SELECT FROM ledger.webhook_hint h WHERE h.task_id = t.id)
  FOR UPDATE SKIP LOCKED
),
room AS MATERIALIZED (
  SELECT r.id,
         CASE WHEN r.state = 'CANCELLED' THEN 0 ELSE coalesce(r.max_cost_usd - r.committed_usd, 'Infinity') END AS usd
  FROM ledger.run r
  WHERE r.id IN (SELECT run_id FROM doubt WHERE again)
  FOR UPDATE SKIP LOCKED
),
decision AS (
  SELECT d.id, d.run_id, d.price_usd, d.gateway,
         d.again AND sum(d.price_usd) OVER (PARTITION BY d.run_id, d.again ORDER BY d.position) <= room.usd AS again
  FROM doubt d LEFT JOIN room ON room.id = d.run_id
  WHERE NOT d.again OR room.id IS NOT NULL
),
committed AS (
  UPDATE ledger.run r
  SET committed_usd = committed_usd + d.usd
  FROM (SELECT run_id, sum(price_usd) AS usd FROM decision WHERE again GROUP BY run_id) d
  WHERE r.id = d.run_id
)
UPDATE ledger.task t
SET state = CASE WHEN d.again THEN 'PLANNED' ELSE 'FAILED' END,
    finished_at = CASE WHEN d.again THEN NULL ELSE now() END,
    lost_answers = lost_answers + 1, possible_cost_usd = possible_cost_usd + t.price_usd,
    unconfirmed_at = NULL,
    setbacks = setbacks + d.gateway::int,
    submit_after = CASE WHEN d.gateway
                        THEN now() + make_interval(secs => least(2 ^ least(setbacks + 1, 20), :#${bean:settings.maxPauseSeconds}) * (0.75 + 0.5 * random()))
                        ELSE now() END,
    error_reason = 'UNCONFIRMED',
    error_message = 'The answer to the submit was lost; the image may have been paid for. ' || coalesce(error_message, '')
FROM decision d
WHERE t.id = d.id
