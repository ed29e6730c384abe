-- Plans what a chunk of the catalogue lacks, in one statement:
-- an image that is stored is left alone, and one that is under way in another run is joined;
-- a dead letter that was paid for and can still be fetched is collected again in its own run, and joined;
-- what a halted run left is planned anew in this one;
-- an unpaid dead letter gives way to the new task;
-- nothing is planned that the budget has no room for, and nothing that waits for a person.
-- A run that is planned again, as its planner died or what it joined was cancelled, leaves alone what it has made.
WITH run AS (
  SELECT id, mode = 'regenerate' AS regenerate, category, filter_values, style, max_cost_usd - committed_usd AS left_usd
  FROM generation_run
  WHERE id = :#${exchangeProperty.run.id} AND state = 'RUNNING'
    AND plan_token IS NOT DISTINCT FROM :#${exchangeProperty.run.planToken}
  FOR UPDATE
),
chunk AS (
  SELECT run.id AS run_id, run.regenerate, i.*
  FROM run
  CROSS JOIN LATERAL (
    SELECT category, value, style, prompt, position FROM catalogue_image
    WHERE catalogue_id = :#catalogue AND position >= :#first AND position < :#end AND NOT stored
    UNION ALL
    SELECT category, value, style, prompt, position FROM catalogue_image
    WHERE catalogue_id = :#catalogue AND position >= :#first AND position < :#end AND stored AND run.regenerate) i
  WHERE (run.category IS NULL OR i.category = run.category)
    AND (coalesce(cardinality(run.filter_values), 0) = 0 OR i.value = ANY (run.filter_values))
    AND (run.style IS NULL OR i.style = run.style)
),
-- One look-up for each image, whatever the planner thinks of tables that have just grown.
known AS MATERIALIZED (
  SELECT c.position AS image, t.*
  FROM chunk c
  CROSS JOIN LATERAL (
    SELECT id, run_id, state, error_reason, novita_task_id, position FROM generation_task
    WHERE category = c.category AND value = c.value AND style = c.style
    OFFSET 0) t
),
own AS (
  SELECT k.image FROM run JOIN known k ON k.run_id = run.id
  WHERE k.state IN ('STORED', 'SKIPPED', 'FAILED')
    OR k.state = 'CANCELLED' AND k.error_reason NOT IN ('RUN_CANCELLED', 'TAKEN_OVER')
  UNION ALL
  SELECT k.image FROM run CROSS JOIN known k
  WHERE k.state IN ('STORED', 'SKIPPED', 'FAILED')
    AND EXISTS (SELECT FROM generation_run_join j WHERE j.run_id = run.id AND j.task_id = k.id OFFSET 0)
),
wanted AS MATERIALIZED (
  SELECT * FROM chunk c
  -- that nothing stored is paid for again does not depend on what the catalogue has noted
  WHERE (c.regenerate
      OR NOT EXISTS (SELECT FROM stored_image s
                     WHERE s.category = c.category AND s.value = c.value AND s.style = c.style
                     OFFSET 0))
    AND c.position NOT IN (SELECT image FROM own)
),
under_way AS (
  SELECT k.id, k.run_id, k.image, k.state = 'PLANNED' AND r.state IN ('HALTED', 'CANCELLED') AS left_behind
  FROM known k
  JOIN wanted w ON w.position = k.image
  JOIN generation_run r ON r.id = k.run_id
  WHERE k.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
),
fetched AS (
  UPDATE generation_task t
  SET state = 'SUBMITTED', setbacks = 0, interruptions = 0, next_poll_at = now(), collecting_since = now(),
      finished_at = NULL, lease_until = NULL, storing_since = NULL
  FROM (
    SELECT DISTINCT ON (k.image) k.id, k.image
    FROM known k
    JOIN wanted w ON w.position = k.image
    WHERE k.state = 'FAILED' AND k.novita_task_id IS NOT NULL AND NOT w.regenerate
      AND k.image NOT IN (SELECT image FROM under_way)
    ORDER BY k.image, k.position DESC) f
  WHERE t.id = f.id AND t.state = 'FAILED'
  RETURNING t.id, t.run_id, f.image
),
reopened AS (
  UPDATE generation_run SET state = 'RUNNING', reason = NULL, finished_at = NULL
  WHERE id IN (SELECT run_id FROM fetched) AND state IN ('COMPLETED', 'CANCELLED')
),
unjoined AS (
  DELETE FROM generation_run_join j USING run, under_way u
  WHERE j.run_id = run.id AND j.task_id = u.id AND u.left_behind
),
joined AS (
  INSERT INTO generation_run_join (run_id, task_id)
  SELECT run.id, others.id
  FROM run, (SELECT id, run_id FROM under_way WHERE NOT left_behind
             UNION SELECT id, run_id FROM fetched) others
  WHERE others.run_id <> run.id
  ON CONFLICT DO NOTHING
),
absent AS (
  SELECT * FROM wanted w
  WHERE w.position NOT IN (SELECT image FROM under_way WHERE NOT left_behind)
    AND w.position NOT IN (SELECT image FROM fetched)
    AND NOT (:#${bean:settings.parkUnconfirmed}
             AND w.position IN (SELECT image FROM known
                                WHERE state = 'FAILED' AND error_reason = 'UNCONFIRMED' AND novita_task_id IS NULL))
),
chosen AS (
  SELECT * FROM absent
  ORDER BY position
  LIMIT (SELECT greatest(0, floor(left_usd / :#${bean:settings.priceUsd})) FROM run WHERE left_usd IS NOT NULL)
),
-- Whoever cancels or resumes a run has the run first and then its images.
halted AS MATERIALIZED (
  SELECT id FROM generation_run
  WHERE id IN (SELECT run_id FROM under_way WHERE left_behind) AND state = 'HALTED'
  ORDER BY id
  FOR UPDATE
),
taken AS (
  UPDATE generation_task t
  SET state = 'CANCELLED', finished_at = now(),
      error_reason = 'TAKEN_OVER', error_status = NULL, error_message = 'A later run makes the image'
  FROM under_way u
  JOIN chosen c ON c.position = u.image
  WHERE t.id = u.id AND t.state = 'PLANNED' AND (SELECT count(*) FROM halted) >= 0
  RETURNING t.id, t.run_id
),
released AS (
  UPDATE generation_run r SET committed_usd = greatest(0, committed_usd - :#${bean:settings.priceUsd} * t.images)
  FROM (SELECT run_id, count(*) AS images FROM taken GROUP BY run_id) t
  WHERE r.id = t.run_id AND r.state = 'HALTED'
),
planned AS (
  INSERT INTO generation_task (run_id, category, value, style, replaces, prompt, negative_prompt,
                               model, sampler, steps, guidance_scale, width, height)
  SELECT c.run_id, c.category, c.value, c.style, c.regenerate, c.prompt, r.negative_prompt,
         r.model, r.sampler, r.steps, r.guidance_scale, r.width, r.height
  FROM chosen c
  JOIN jsonb_to_recordset(:#recipes::jsonb) AS r (
    style text, negative_prompt text, model text, sampler text, steps int, guidance_scale numeric, width int, height int)
    ON r.style = c.style
  -- what is taken over must be out of the way first
  WHERE (SELECT count(*) FROM taken) >= 0
  ORDER BY c.position
  ON CONFLICT (category, value, style) WHERE state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
  DO NOTHING
  RETURNING category, value, style
),
superseded AS (
  UPDATE generation_task t
  SET state = 'CANCELLED'
  FROM known k
  WHERE k.state = 'FAILED' AND k.novita_task_id IS NULL
    AND t.id = k.id AND t.state = 'FAILED' AND t.novita_task_id IS NULL
    AND EXISTS (SELECT FROM planned p
                WHERE p.category = t.category AND p.value = t.value AND p.style = t.style)
)
UPDATE generation_run r
SET plan_lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds}),
    committed_usd = committed_usd + :#${bean:settings.priceUsd} * (SELECT count(*) FROM planned),
    beyond_budget = beyond_budget + (SELECT count(*) FROM absent) - (SELECT count(*) FROM chosen)
FROM run WHERE r.id = run.id
