-- Dead letters go on in their own runs: what was paid for is collected again, what was not is submitted anew.
-- Where there are several of one image, the newest paid one, or else the newest. Left alone is an image that another
-- task is making, and one that would have to be paid beyond the budget of its run.
-- Looks at the next ten thousand images behind the one that is named, and tells where to go on; nowhere at the end.
WITH next AS MATERIALIZED (
  SELECT DISTINCT category, value, style FROM ledger.task
  WHERE state = 'FAILED' AND (category, value, style) > (:#afterCategory, :#afterValue, :#afterStyle)
    AND (:#id::uuid IS NULL OR id = :#id::uuid)
    AND (:#run::uuid IS NULL OR run_id = :#run::uuid)
    AND (:#reason::text IS NULL OR error_reason = :#reason::text)
    AND (:#category::text IS NULL OR category = :#category::text)
    AND (cardinality(:#values::text[]) = 0 OR value = ANY (:#values::text[]))
    AND (:#style::text IS NULL OR style = :#style::text)
  ORDER BY category, value, style
  LIMIT 10000
),
chosen AS MATERIALIZED (
  SELECT d.*
  FROM next n
  CROSS JOIN LATERAL (
    SELECT id, run_id, position, price_usd, provider_task_id IS NOT NULL AS paid,
           provider_task_id IS NULL AND cost_usd + possible_cost_usd > 0 AS pays_again
    FROM ledger.task
    WHERE category = n.category AND value = n.value AND style = n.style AND state = 'FAILED'
      AND (:#id::uuid IS NULL OR id = :#id::uuid)
      AND (:#run::uuid IS NULL OR run_id = :#run::uuid)
      AND (:#reason::text IS NULL OR error_reason = :#reason::text)
    ORDER BY provider_task_id IS NOT NULL DESC, position DESC
    LIMIT 1
    FOR UPDATE) d
  WHERE NOT EXISTS (SELECT FROM ledger.task t
                    WHERE t.category = n.category AND t.value = n.value AND t.style = n.style
                      AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
                    OFFSET 0)
),
run AS MATERIALIZED (
  SELECT id, coalesce(max_cost_usd - committed_usd, 'Infinity') AS room_usd
  FROM ledger.run
  WHERE id IN (SELECT run_id FROM chosen)
  FOR UPDATE
),
affordable AS MATERIALIZED (
  SELECT c.*
  FROM (SELECT *, sum(price_usd) OVER (PARTITION BY run_id, pays_again ORDER BY position) AS usd FROM chosen) c
  JOIN run ON run.id = c.run_id
  WHERE NOT c.pays_again OR c.usd <= run.room_usd
),
reopened AS (
  UPDATE ledger.run r
  SET committed_usd = committed_usd + coalesce(a.usd, 0),
      state = CASE WHEN state IN ('COMPLETED', 'CANCELLED') THEN 'RUNNING' ELSE state END,
      reason = CASE WHEN state IN ('COMPLETED', 'CANCELLED') THEN NULL ELSE reason END,
      finished_at = NULL
  FROM (SELECT run_id, sum(price_usd) FILTER (WHERE pays_again) AS usd FROM affordable GROUP BY run_id) a
  WHERE r.id = a.run_id
),
replayed AS (
  UPDATE ledger.task t
  SET state = CASE WHEN a.paid THEN 'SUBMITTED' ELSE 'PLANNED' END,
      submit_after = now(),
      next_poll_at = CASE WHEN a.paid THEN now() END,
      collecting_since = CASE WHEN a.paid THEN now() END,
      setbacks = 0, interruptions = 0, finished_at = NULL, claimed_by = NULL, lease_until = NULL, storing_since = NULL
  FROM affordable a
  WHERE t.id = a.id -- which is locked, and a dead letter
  RETURNING t.state
)
SELECT count(state) AS replayed, count(*) FILTER (WHERE state = 'SUBMITTED') AS collected,
       last.category AS after_category, last.value AS after_value, last.style AS after_style
FROM (SELECT count(*) AS images FROM next) seen
LEFT JOIN (SELECT * FROM next ORDER BY category DESC, value DESC, style DESC LIMIT 1) last ON seen.images = 10000
LEFT JOIN replayed ON true
GROUP BY last.category, last.value, last.style
