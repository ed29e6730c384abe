-- The pictures that applications read.
SELECT id, category, value, style, image_url, seed, width, height, prompt, created_at, updated_at
FROM attribute_images
WHERE (:#category::text IS NULL OR category = :#category::text)
  AND (:#value::text IS NULL OR value = :#value::text)
  AND (:#style::text IS NULL OR style = :#style::text)
ORDER BY category, style, value
LIMIT :#limit
