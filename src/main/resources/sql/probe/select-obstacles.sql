-- Why a row was refused, in words: columns of the tables of pictures that have no room for it; the first is enough.
SELECT format('column %I of %s may not be null and has no default; run: ALTER TABLE %2$s ALTER COLUMN %1$I DROP NOT NULL',
              attname, attrelid::regclass) AS obstacle
FROM pg_attribute
WHERE attrelid IN ('public.attribute_images'::regclass, 'public.style_images'::regclass)
  AND attnum > 0 AND attnotnull AND NOT atthasdef AND attidentity = '' AND NOT attisdropped
  AND attname <> ALL (CASE attrelid WHEN 'public.style_images'::regclass THEN ARRAY['style', 'image_url', 'title', 'description', 'object_key']
                      ELSE ARRAY['category', 'value', 'style', 'image_url', 'seed', 'width', 'height', 'prompt', 'object_key'] END)
UNION ALL
SELECT format('column %I of %s has room for %s characters, and needs room for %s; run: ALTER TABLE %2$s ALTER COLUMN %1$I TYPE %5$s',
              attname, attrelid::regclass, atttypmod - 4, coalesce(needed::text, 'more'), CASE WHEN needed IS NULL THEN 'text' ELSE format('varchar(%s)', needed) END)
FROM pg_attribute
CROSS JOIN LATERAL (SELECT CASE attname WHEN 'category' THEN 50 WHEN 'value' THEN 100 WHEN 'style' THEN 20 WHEN 'title' THEN 100 END) n (needed)
WHERE attrelid IN ('public.attribute_images'::regclass, 'public.style_images'::regclass)
  AND attname IN ('category', 'value', 'style', 'image_url', 'prompt', 'object_key', 'title', 'description')
  AND atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND atttypmod > 0 AND atttypmod - 4 < coalesce(needed, 2048)
LIMIT 1
