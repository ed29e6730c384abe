-- Plans what a chunk of the catalogue lacks, in one statement:
-- an image that is stored is left alone, and one that is under way in another run is joined;
-- a dead letter that was paid for and can still be fetched is collected again in its own run, and joined;
-- what a halted run left is planned anew in this one;
-- an unpaid dead letter gives way to the new task;
-- nothing is planned that the budget has no room for, and nothing that waits for a person.
-- A run that is planned again, as its planner died or what it joined was cancelled, leaves alone what it has made; what it has
-- planned for another model than its style has by now, is made by this one.
-- Tells whether to plan the chunk once more, as another planner was at the same images: what that one has written is seen
-- only then.
WITH run AS (
  SELECT id, mode = 'regenerate' AS regenerate, category, filter_values, style, max_cost_usd - committed_usd AS left_usd
  FROM ledger.run
  WHERE id = :#${exchangeProperty.run.id} AND state = 'RUNNING'
    AND plan_token IS NOT DISTINCT FROM :#${exchangeProperty.run.planToken}
  FOR UPDATE
),
-- All that is known of each image, by one look-up: no two of the sets below are ever compared with each other. Tasks are
-- changed by an array of their ids, and "state IN ('FAILED', '')" stands for "= 'FAILED'", as a planner whose statistics are
-- old believes that there is one dead letter, and would read all of them for each image.
image AS MATERIALIZED (
  SELECT i.*, run.id AS run_id, run.regenerate, t.*
  FROM run
  CROSS JOIN LATERAL (
    SELECT category, value, style, prompt, position FROM ledger.catalogue_image
    WHERE catalogue_id = :#catalogue AND position >= :#first AND position < :#end AND NOT stored
    UNION ALL
    SELECT category, value, style, prompt, position FROM ledger.catalogue_image
    WHERE catalogue_id = :#catalogue AND position >= :#first AND position < :#end AND stored AND run.regenerate) i
  CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(
             o.run_id = run.id AND (o.state IN ('STORED', 'SKIPPED', 'FAILED')
                                    OR o.state = 'CANCELLED' AND o.error_reason NOT IN ('RUN_CANCELLED', 'TAKEN_OVER'))
             OR o.state IN ('STORED', 'SKIPPED', 'FAILED')
                AND EXISTS (SELECT FROM ledger.run_join j WHERE j.run_id = run.id AND j.task_id = o.id OFFSET 0)), false) AS made,
           (array_agg(o.id) FILTER (WHERE o.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')))[1] AS under_way,
           (array_agg(o.run_id) FILTER (WHERE o.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')))[1] AS under_way_in,
           coalesce(bool_or(CASE WHEN o.state = 'PLANNED'
                                 THEN (SELECT r.state FROM ledger.run r WHERE r.id = o.run_id) IN ('HALTED', 'CANCELLED')
                                      OR EXISTS (SELECT FROM ledger.run_halt h WHERE h.run_id = o.run_id AND h.model = o.model) END), false) AS left_behind,
           (array_agg(o.id)
              FILTER (WHERE o.state = 'FAILED' AND o.provider_task_id IS NOT NULL AND NOT run.regenerate))[1] AS to_fetch,
           array_agg(o.id) FILTER (WHERE o.state = 'FAILED' AND o.provider_task_id IS NULL) AS unpaid,
           coalesce(bool_or(o.state = 'FAILED' AND o.error_reason = 'UNCONFIRMED' AND o.provider_task_id IS NULL), false) AS in_doubt
    FROM (SELECT id, run_id, state, error_reason, provider_task_id, model FROM ledger.task
          WHERE category = i.category AND value = i.value AND style = i.style
          ORDER BY position DESC) o
    OFFSET 0) t
  WHERE (run.category IS NULL OR i.category = run.category)
    AND (coalesce(cardinality(run.filter_values), 0) = 0 OR i.value = ANY (run.filter_values))
    AND (run.style IS NULL OR i.style = run.style)
    -- that nothing stored is paid for again does not depend on what the catalogue has noted
    AND (run.regenerate
      OR NOT EXISTS (SELECT FROM ledger.stored_image s
                     WHERE s.category = i.category AND s.value = i.value AND s.style = i.style
                     OFFSET 0))
    AND NOT t.made
),
fetched AS (
  UPDATE ledger.task t
  SET state = 'SUBMITTED', setbacks = 0, interruptions = 0, next_poll_at = now(), collecting_since = now(),
      finished_at = NULL, lease_until = NULL, storing_since = NULL
  WHERE t.id = ANY (ARRAY(SELECT to_fetch FROM image WHERE under_way IS NULL AND to_fetch IS NOT NULL))
    AND t.state IN ('FAILED', '')
  RETURNING t.id, t.run_id
),
reopened AS (
  UPDATE ledger.run SET state = 'RUNNING', reason = NULL, finished_at = NULL
  WHERE id IN (SELECT run_id FROM fetched) AND state IN ('COMPLETED', 'CANCELLED')
),
unjoined AS (
  DELETE FROM ledger.run_join j USING run
  WHERE j.run_id = run.id AND j.task_id = ANY (ARRAY(SELECT under_way FROM image WHERE left_behind))
),
joined AS (
  INSERT INTO ledger.run_join (run_id, task_id)
  SELECT run_id, under_way FROM image
  WHERE under_way_in <> run_id AND NOT left_behind
  UNION ALL
  SELECT run.id, fetched.id FROM run, fetched WHERE fetched.run_id <> run.id
  ON CONFLICT DO NOTHING
),
absent AS (
  SELECT * FROM image
  WHERE (left_behind OR under_way IS NULL AND to_fetch IS NULL)
    AND NOT (in_doubt AND :#${bean:settings.parkUnconfirmed})
),
-- its price is settled when it is submitted
remade AS (
  UPDATE ledger.task t
  SET model = r.model, recipe = ledger.with_seed(r.recipe || jsonb_build_object('prompt', i.prompt), r.max_seed)
  FROM image i
  JOIN jsonb_to_recordset(:#recipes::jsonb) AS r (style text, model text, max_seed bigint, recipe jsonb) ON r.style = i.style
  WHERE t.id = i.under_way AND i.under_way_in = i.run_id AND t.state = 'PLANNED'
    AND (t.model, t.recipe ->> 'model') <> (r.model, r.recipe ->> 'model')
    -- its answer may still come
    AND t.lost_answers = 0 AND NOT EXISTS (SELECT FROM ledger.webhook_hint h WHERE h.task_id = t.id)
),
chosen AS MATERIALIZED (
  SELECT * FROM (
    SELECT a.*, r.model, r.price_usd, r.max_seed, r.recipe, sum(r.price_usd) OVER (ORDER BY a.position) AS usd
    FROM absent a
    JOIN jsonb_to_recordset(:#recipes::jsonb) AS r (style text, model text, price_usd numeric, max_seed bigint, recipe jsonb)
      ON r.style = a.style) priced
  WHERE usd <= (SELECT coalesce(left_usd, 'Infinity') FROM run) OR price_usd = 0
),
-- Whoever cancels or resumes a run has the run first and then its images.
halted AS MATERIALIZED (
  SELECT id FROM ledger.run
  WHERE id IN (SELECT under_way_in FROM image WHERE left_behind) AND state IN ('RUNNING', 'HALTED')
  ORDER BY id
  FOR UPDATE
),
taken AS (
  UPDATE ledger.task t
  SET state = 'CANCELLED', finished_at = now(),
      error_reason = 'TAKEN_OVER', error_status = NULL, error_message = 'A later run makes the image'
  WHERE t.id = ANY (ARRAY(SELECT under_way FROM chosen WHERE left_behind))
    AND t.state IN ('PLANNED', '') AND (SELECT count(*) FROM halted) >= 0
  RETURNING t.run_id, t.price_usd
),
released AS (
  UPDATE ledger.run r SET committed_usd = greatest(0, committed_usd - t.usd)
  FROM (SELECT run_id, sum(price_usd) AS usd FROM taken GROUP BY run_id) t
  WHERE r.id = t.run_id AND r.state IN ('RUNNING', 'HALTED')
),
planned AS (
  INSERT INTO ledger.task (run_id, category, value, style, replaces, model, price_usd, recipe)
  SELECT c.run_id, c.category, c.value, c.style, c.regenerate, c.model, c.price_usd,
         ledger.with_seed(c.recipe || jsonb_build_object('prompt', c.prompt), c.max_seed)
  FROM chosen c
  -- what is taken over must be out of the way first
  WHERE (SELECT count(*) FROM taken) >= 0
  ORDER BY c.position
  ON CONFLICT (category, value, style) WHERE state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
  DO NOTHING
  RETURNING price_usd
),
superseded AS (
  UPDATE ledger.task t
  SET state = 'CANCELLED', obsolete_keys = array_remove(obsolete_keys || object_key || original_key, NULL),
      obsolete_after = CASE WHEN coalesce(object_key, original_key) IS NOT NULL THEN now() ELSE obsolete_after END
  WHERE t.id = ANY (ARRAY(SELECT unnest(unpaid) FROM chosen))
    AND t.state IN ('FAILED', '') AND t.provider_task_id IS NULL
),
elsewhere AS (
  SELECT (SELECT count(*) FROM chosen) > (SELECT count(*) FROM planned)
      OR (SELECT count(*) FROM image WHERE under_way IS NULL AND to_fetch IS NOT NULL) > (SELECT count(*) FROM fetched) AS changed
)
UPDATE ledger.run r
SET plan_lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds}),
    committed_usd = committed_usd + (SELECT coalesce(sum(price_usd), 0) FROM planned),
    beyond_budget = CASE WHEN elsewhere.changed THEN beyond_budget
                         ELSE beyond_budget + (SELECT count(*) FROM absent) - (SELECT count(*) FROM chosen) END,
    plan_position = CASE WHEN elsewhere.changed THEN plan_position ELSE :#end END
FROM run, elsewhere WHERE r.id = run.id
RETURNING elsewhere.changed
