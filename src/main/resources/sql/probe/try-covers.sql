-- The same for covers.
WITH written AS (
  INSERT INTO public.style_images AS a (style, image_url, title, description, object_key)
  SELECT style, url, title, description, key
  FROM jsonb_to_recordset(:#images::jsonb) AS i (style text, url text, title text, description text, key text)
  ON CONFLICT (style) DO UPDATE
  SET image_url = EXCLUDED.image_url, title = EXCLUDED.title, description = EXCLUDED.description, object_key = EXCLUDED.object_key
  RETURNING style, image_url, object_key, placeholder
)
SELECT count(*) AS kept
FROM written
JOIN jsonb_to_recordset(:#images::jsonb) AS i (style text, url text, key text)
  ON (written.style, written.image_url, written.object_key) = (i.style, i.url, i.key)
WHERE NOT written.placeholder
