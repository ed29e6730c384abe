-- No webhook came within the grace period: the policy decides. Either way the row says what it may have cost.
-- Submitted again is what has attempts left, and room in the budget of a run that was not cancelled. Where the run is
-- held, as by who plans it, its images are decided later: who holds a run may wait for its images, which are held here.
WITH doubt AS MATERIALIZED (
  SELECT t.id, t.run_id, t.position,
         NOT :#${bean:settings.parkUnconfirmed}
         AND cardinality(t.lost_task_ids) + round(t.possible_cost_usd / :#${bean:settings.priceUsd}) + 1
             < :#${bean:settings.maxAttempts} AS again
  FROM generation_task t
  WHERE t.state = 'UNCONFIRMED'
    AND t.unconfirmed_at < now() - make_interval(secs => :#${bean:settings.unconfirmedGraceSeconds})
    AND NOT EXISTS (SELECT FROM webhook_hint h WHERE h.task_id = t.id)
  FOR UPDATE SKIP LOCKED
),
room AS MATERIALIZED (
  SELECT r.id,
         CASE WHEN r.state = 'CANCELLED' THEN 0
              ELSE coalesce(floor((r.max_cost_usd - r.committed_usd) / :#${bean:settings.priceUsd}), 1000000000) END AS images
  FROM generation_run r
  WHERE r.id IN (SELECT run_id FROM doubt WHERE again)
  FOR UPDATE SKIP LOCKED
),
decision AS (
  SELECT d.id, d.run_id,
         d.again AND row_number() OVER (PARTITION BY d.run_id, d.again ORDER BY d.position) <= room.images AS again
  FROM doubt d LEFT JOIN room ON room.id = d.run_id
  WHERE NOT d.again OR room.id IS NOT NULL
),
committed AS (
  UPDATE generation_run r
  SET committed_usd = committed_usd + :#${bean:settings.priceUsd} * d.images
  FROM (SELECT run_id, count(*) AS images FROM decision WHERE again GROUP BY run_id) d
  WHERE r.id = d.run_id
)
UPDATE generation_task t
SET state = CASE WHEN d.again THEN 'PLANNED' ELSE 'FAILED' END,
    finished_at = CASE WHEN d.again THEN NULL ELSE now() END,
    possible_cost_usd = possible_cost_usd + :#${bean:settings.priceUsd},
    unconfirmed_at = NULL, submit_after = now(),
    error_reason = 'UNCONFIRMED',
    error_message = 'The answer to the submit was lost; the image may have been paid for. ' || coalesce(error_message, '')
FROM decision d
WHERE t.id = d.id
