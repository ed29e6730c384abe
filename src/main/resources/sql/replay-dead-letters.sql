-- Dead letters go on in their own runs: what was paid for is collected again, what was not is submitted anew.
-- Where there are several of one image, the newest paid one, or else the newest. Left alone is an image that another
-- task is making, and one that would have to be paid beyond the budget of its run.
WITH chosen AS MATERIALIZED (
  SELECT DISTINCT ON (d.category, d.value, d.style)
         d.id, d.run_id, d.position, d.novita_task_id IS NOT NULL AS paid,
         d.novita_task_id IS NULL AND d.cost_usd + d.possible_cost_usd > 0 AS pays_again
  FROM (SELECT * FROM generation_task
        WHERE state = 'FAILED' AND (:#id::uuid IS NULL OR id = :#id::uuid)
        FOR UPDATE) d
  WHERE (:#id::uuid IS NULL OR d.id = :#id::uuid)
    AND (:#run::uuid IS NULL OR d.run_id = :#run::uuid)
    AND (:#reason::text IS NULL OR d.error_reason = :#reason::text)
    AND (:#category::text IS NULL OR d.category = :#category::text)
    AND (cardinality(:#values::text[]) = 0 OR d.value = ANY (:#values::text[]))
    AND (:#style::text IS NULL OR d.style = :#style::text)
    AND NOT EXISTS (SELECT FROM generation_task t
                    WHERE t.category = d.category AND t.value = d.value AND t.style = d.style
                      AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED'))
  ORDER BY d.category, d.value, d.style, d.novita_task_id IS NOT NULL DESC, d.position DESC
),
run AS MATERIALIZED (
  SELECT id, floor((max_cost_usd - committed_usd) / :#${bean:settings.priceUsd}) AS room
  FROM generation_run
  WHERE id IN (SELECT run_id FROM chosen)
  FOR UPDATE
),
affordable AS (
  SELECT c.*
  FROM (SELECT *, row_number() OVER (PARTITION BY run_id, pays_again ORDER BY position) AS n FROM chosen) c
  JOIN run ON run.id = c.run_id
  WHERE NOT c.pays_again OR run.room IS NULL OR c.n <= run.room
),
reopened AS (
  UPDATE generation_run r
  SET committed_usd = committed_usd + :#${bean:settings.priceUsd} * a.images,
      state = CASE WHEN state IN ('COMPLETED', 'CANCELLED') THEN 'RUNNING' ELSE state END,
      reason = CASE WHEN state IN ('COMPLETED', 'CANCELLED') THEN NULL ELSE reason END,
      finished_at = NULL
  FROM (SELECT run_id, count(*) FILTER (WHERE pays_again) AS images FROM affordable GROUP BY run_id) a
  WHERE r.id = a.run_id
)
UPDATE generation_task t
SET state = CASE WHEN a.paid THEN 'SUBMITTED' ELSE 'PLANNED' END,
    submit_after = now(),
    next_poll_at = CASE WHEN a.paid THEN now() END,
    collecting_since = CASE WHEN a.paid THEN now() END,
    setbacks = 0, interruptions = 0, finished_at = NULL, claimed_by = NULL, lease_until = NULL, storing_since = NULL
FROM affordable a
WHERE t.id = a.id AND t.state = 'FAILED'
RETURNING t.*
