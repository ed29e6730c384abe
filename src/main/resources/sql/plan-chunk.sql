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
own AS (
  SELECT t.category, t.value, t.style
  FROM chunk c JOIN generation_task t ON t.category = c.category AND t.value = c.value AND t.style = c.style
  WHERE t.run_id = c.run_id
    AND (t.state IN ('STORED', 'SKIPPED', 'FAILED')
         OR t.state = 'CANCELLED' AND t.error_reason NOT IN ('RUN_CANCELLED', 'TAKEN_OVER'))
  UNION ALL
  SELECT t.category, t.value, t.style
  FROM chunk c JOIN generation_task t ON t.category = c.category AND t.value = c.value AND t.style = c.style
  JOIN generation_run_join j ON j.task_id = t.id AND j.run_id = c.run_id
  WHERE t.state IN ('STORED', 'SKIPPED', 'FAILED')
),
wanted AS (
  SELECT * FROM chunk c
  -- that nothing stored is paid for again does not depend on what the catalogue has noted
  WHERE (c.regenerate
      OR NOT EXISTS (SELECT FROM stored_image s
                     WHERE s.category = c.category AND s.value = c.value AND s.style = c.style))
    AND NOT EXISTS (SELECT FROM own
                    WHERE own.category = c.category AND own.value = c.value AND own.style = c.style)
),
under_way AS (
  SELECT t.id, t.run_id, t.category, t.value, t.style,
         t.state = 'PLANNED' AND r.state IN ('HALTED', 'CANCELLED') AS left_behind
  FROM wanted w
  JOIN generation_task t ON t.category = w.category AND t.value = w.value AND t.style = w.style
  JOIN generation_run r ON r.id = t.run_id
  WHERE t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
),
fetched AS (
  UPDATE generation_task t
  SET state = 'SUBMITTED', setbacks = 0, interruptions = 0, next_poll_at = now(), collecting_since = now(),
      finished_at = NULL, lease_until = NULL, storing_since = NULL
  FROM (
    SELECT DISTINCT ON (d.category, d.value, d.style) d.id
    FROM wanted w
    JOIN generation_task d ON d.category = w.category AND d.value = w.value AND d.style = w.style
    WHERE d.state = 'FAILED' AND d.novita_task_id IS NOT NULL AND NOT w.regenerate
      AND NOT EXISTS (SELECT FROM under_way u
                      WHERE u.category = w.category AND u.value = w.value AND u.style = w.style)
    ORDER BY d.category, d.value, d.style, d.position DESC) f
  WHERE t.id = f.id AND t.state = 'FAILED'
  RETURNING t.id, t.run_id, t.category, t.value, t.style
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
  WHERE NOT EXISTS (SELECT FROM under_way u
                    WHERE u.category = w.category AND u.value = w.value AND u.style = w.style AND NOT u.left_behind)
    AND NOT EXISTS (SELECT FROM fetched f
                    WHERE f.category = w.category AND f.value = w.value AND f.style = w.style)
    AND NOT (:#${bean:settings.parkUnconfirmed}
             AND EXISTS (SELECT FROM generation_task d
                         WHERE d.category = w.category AND d.value = w.value AND d.style = w.style
                           AND d.state = 'FAILED' AND d.error_reason = 'UNCONFIRMED' AND d.novita_task_id IS NULL))
),
chosen AS (
  SELECT * FROM absent
  ORDER BY position
  LIMIT (SELECT greatest(0, floor(left_usd / :#${bean:settings.priceUsd})) FROM run WHERE left_usd IS NOT NULL)
),
taken AS (
  UPDATE generation_task t
  SET state = 'CANCELLED', finished_at = now(),
      error_reason = 'TAKEN_OVER', error_status = NULL, error_message = 'A later run makes the image'
  FROM chosen c
  JOIN under_way u ON u.category = c.category AND u.value = c.value AND u.style = c.style
  WHERE t.id = u.id AND t.state = 'PLANNED'
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
  FROM planned p
  WHERE t.state = 'FAILED' AND t.novita_task_id IS NULL
    AND t.category = p.category AND t.value = p.value AND t.style = p.style
)
UPDATE generation_run r
SET plan_lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds}),
    committed_usd = committed_usd + :#${bean:settings.priceUsd} * (SELECT count(*) FROM planned),
    beyond_budget = beyond_budget + (SELECT count(*) FROM absent) - (SELECT count(*) FROM chosen)
FROM run WHERE r.id = run.id
