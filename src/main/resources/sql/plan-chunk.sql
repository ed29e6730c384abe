-- Plans what a chunk of the catalogue lacks, in one statement:
-- an image that is stored, or on its way in a run that goes on, is left alone;
-- a dead letter that was paid for and can still be fetched is collected again instead of being paid again;
-- what a halted run left is taken over;
-- an unpaid dead letter gives way to the new task.
WITH run AS (
  UPDATE generation_run
  SET plan_lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds})
  WHERE id = :#${exchangeProperty.run.id} AND state = 'RUNNING'
  RETURNING id, mode = 'regenerate' AS regenerate, max_cost_usd
),
wanted AS (
  SELECT w.category, w.value, w.style, w.prompt, w.ordinality, run.id AS run_id, run.regenerate
  FROM run,
    unnest(:#categories::text[], :#values::text[], :#styles::text[], :#prompts::text[])
    WITH ORDINALITY AS w (category, value, style, prompt, ordinality)
  WHERE (run.regenerate
      OR NOT EXISTS (SELECT FROM stored_image s
                     WHERE s.category = w.category AND s.value = w.value AND s.style = w.style))
    AND NOT EXISTS (SELECT FROM generation_task t JOIN generation_run r ON r.id = t.run_id
                    WHERE t.category = w.category AND t.value = w.value AND t.style = w.style
                      AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
                      AND NOT (t.state = 'PLANNED' AND r.state = 'HALTED'))
),
in_flight AS (
  UPDATE generation_task t SET run_id = run.id
  FROM run, generation_run r,
    unnest(:#categories::text[], :#values::text[], :#styles::text[]) AS w (category, value, style)
  WHERE r.id = t.run_id AND r.state = 'HALTED' AND t.state IN ('SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
    AND t.category = w.category AND t.value = w.value AND t.style = w.style
),
fetched AS (
  UPDATE generation_task t
  SET state = 'SUBMITTED', run_id = f.run_id, setbacks = 0, next_poll_at = now(), finished_at = NULL, lease_until = NULL,
      collecting_since = now()
  FROM (
    SELECT DISTINCT ON (d.category, d.value, d.style) d.id, w.run_id
    FROM wanted w
    JOIN generation_task d ON d.category = w.category AND d.value = w.value AND d.style = w.style
    WHERE d.state = 'FAILED' AND d.novita_task_id IS NOT NULL AND NOT w.regenerate
      AND NOT EXISTS (SELECT FROM generation_task t
                      WHERE t.category = w.category AND t.value = w.value AND t.style = w.style AND t.state = 'PLANNED')
    ORDER BY d.category, d.value, d.style, d.position DESC) f
  WHERE t.id = f.id AND t.state = 'FAILED'
  RETURNING t.category, t.value, t.style
),
planned AS (
  INSERT INTO generation_task (run_id, category, value, style, replaces, prompt, negative_prompt,
                               model, sampler, steps, guidance_scale, width, height)
  SELECT w.run_id, w.category, w.value, w.style, w.regenerate, w.prompt, r.negative_prompt,
         r.model, r.sampler, r.steps, r.guidance_scale, r.width, r.height
  FROM wanted w
  JOIN jsonb_to_recordset(:#recipes::jsonb) AS r (
    style text, negative_prompt text, model text, sampler text, steps int, guidance_scale numeric, width int, height int)
    ON r.style = w.style
  WHERE NOT EXISTS (SELECT FROM fetched f
                    WHERE f.category = w.category AND f.value = w.value AND f.style = w.style)
  ORDER BY w.ordinality
  LIMIT (SELECT greatest(0, floor(run.max_cost_usd / :#${bean:settings.priceUsd})
                            - (SELECT count(*) FROM generation_task t WHERE t.run_id = run.id))
         FROM run WHERE run.max_cost_usd IS NOT NULL)
  ON CONFLICT (category, value, style) WHERE state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
  DO UPDATE SET run_id = EXCLUDED.run_id, replaces = EXCLUDED.replaces
  WHERE generation_task.state = 'PLANNED'
    AND EXISTS (SELECT FROM generation_run r WHERE r.id = generation_task.run_id AND r.state = 'HALTED')
  RETURNING category, value, style
)
UPDATE generation_task t
SET state = 'CANCELLED'
FROM planned p
WHERE t.state = 'FAILED' AND t.novita_task_id IS NULL
  AND t.category = p.category AND t.value = p.value AND t.style = p.style
