-- The pictures that applications read, a page at a time. Pages go by id, as what is stored meanwhile moves none of it.
SELECT *
FROM (
  SELECT id, category, value, style, image_url, seed, width, height, prompt, created_at, updated_at
  FROM public.attribute_images
  WHERE (:#category::text IS NULL OR category = :#category::text)
    AND (:#value::text IS NULL OR value = :#value::text)
    AND (:#style::text IS NULL OR style = :#style::text)
    AND (:#after::uuid IS NULL OR id > :#after::uuid)
  ORDER BY id
  LIMIT :#limit) page
ORDER BY category, style, value
