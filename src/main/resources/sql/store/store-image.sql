-- The object is in place: the row that applications read and the ledger change together, in one statement.
-- Without "replaces", a picture that turned up meanwhile stays as it is, and our object is to be removed; a row without one gets ours.
-- Dead letters of the same image are settled by it.
WITH task AS (
  SELECT * FROM ledger.task WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTED'
    AND provider_task_id = :#${exchangeProperty.task.providerTaskId}
  FOR UPDATE
),
-- what is in place, and what that was made of
old AS (
  SELECT p.object_key, o.original_key
  FROM (SELECT coalesce(a.object_key, CASE WHEN NOT a.placeholder AND starts_with(ledger.object_of_url(a.image_url), :#${bean:settings.folder})
                                           THEN substring(ledger.object_of_url(a.image_url) FROM length(:#${bean:settings.bucket}) + 2) END) AS object_key
        FROM public.attribute_images a JOIN task USING (category, value, style)) p
  LEFT JOIN (SELECT o.object_key, o.original_key FROM ledger.task o JOIN task USING (category, value, style)) o USING (object_key)
),
stored AS (
  INSERT INTO public.attribute_images AS a (category, value, style, image_url, seed, width, height, prompt, object_key)
  SELECT category, value, style, :#${exchangeProperty.imageUrl},
         coalesce(:#${exchangeProperty.seed}::bigint, (recipe ->> 'seed')::bigint),
         (recipe ->> 'width')::int, (recipe ->> 'height')::int, recipe ->> 'prompt', :#${exchangeProperty.objectKey}
  FROM task
  ON CONFLICT (category, value, style) DO UPDATE
  SET image_url = EXCLUDED.image_url, seed = EXCLUDED.seed, width = EXCLUDED.width, height = EXCLUDED.height,
      prompt = EXCLUDED.prompt, object_key = EXCLUDED.object_key
  WHERE a.placeholder OR (SELECT replaces FROM task)
  RETURNING a.id
),
in_order AS (
  DELETE FROM ledger.brake_cause b USING task WHERE b.kind IN ('PICTURE', 'STORE') AND b.model = task.model
),
superseded AS (
  UPDATE ledger.task d
  SET state = 'CANCELLED', obsolete_keys = array_remove(d.obsolete_keys || d.object_key || d.original_key, NULL),
      obsolete_after = CASE WHEN coalesce(d.object_key, d.original_key) IS NOT NULL THEN now() ELSE d.obsolete_after END
  FROM task
  WHERE d.state = 'FAILED' AND EXISTS (SELECT FROM stored)
    AND d.category = task.category AND d.value = task.value AND d.style = task.style
)
UPDATE ledger.task t
SET state = CASE WHEN EXISTS (SELECT FROM stored) THEN 'STORED' ELSE 'SKIPPED' END,
    finished_at = now(), setbacks = 0, claimed_by = NULL, lease_until = NULL,
    confidence = coalesce(:#${exchangeProperty.confidence}::numeric, t.confidence),
    recipe = t.recipe || jsonb_strip_nulls(jsonb_build_object('seed', :#${exchangeProperty.seed}::bigint)),
    object_key = :#${exchangeProperty.objectKey}, image_url = :#${exchangeProperty.imageUrl},
    original_key = :#${exchangeProperty.originalKey}::text,
    obsolete_keys = obsolete.keys,
    obsolete_after = CASE WHEN obsolete.keys <> '{}'
                          THEN now() + make_interval(secs => CASE WHEN EXISTS (SELECT FROM stored) THEN :#${bean:settings.removeAfterSeconds} ELSE 0 END) END,
    error_reason = NULL, error_status = NULL, error_message = NULL
FROM task
CROSS JOIN LATERAL (
  SELECT array_remove(
    task.obsolete_keys
    || CASE WHEN EXISTS (SELECT FROM stored)
            -- an original that is not kept goes as well
            THEN ARRAY(SELECT DISTINCT unnest(ARRAY[object_key, original_key]) FROM old WHERE object_key <> :#${exchangeProperty.objectKey})
                 || nullif(task.original_key, :#${exchangeProperty.originalKey}::text)
            ELSE ARRAY[:#${exchangeProperty.objectKey}, task.original_key] END, NULL) AS keys) obsolete
WHERE t.id = task.id
RETURNING t.state
