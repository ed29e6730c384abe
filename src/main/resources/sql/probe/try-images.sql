-- Rows as the pipeline writes them; they are taken back. Tells how many are read as they were written.
WITH written AS (
  INSERT INTO public.attribute_images AS a (category, value, style, image_url, seed, width, height, prompt, object_key)
  SELECT category, value, style, url, seed, width, height, prompt, key
  FROM jsonb_to_recordset(:#images::jsonb) AS i (category text, value text, style text, url text, seed bigint, width int, height int, prompt text, key text)
  ON CONFLICT (category, value, style) DO UPDATE
  SET image_url = EXCLUDED.image_url, seed = EXCLUDED.seed, width = EXCLUDED.width, height = EXCLUDED.height,
      prompt = EXCLUDED.prompt, object_key = EXCLUDED.object_key
  RETURNING category, value, style, image_url, object_key, placeholder
)
SELECT count(*) AS kept
FROM written
JOIN jsonb_to_recordset(:#images::jsonb) AS i (category text, value text, style text, url text, key text)
  ON (written.category, written.value, written.style, written.image_url, written.object_key) = (i.category, i.value, i.style, i.url, i.key)
WHERE NOT written.placeholder
