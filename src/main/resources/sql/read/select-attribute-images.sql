-- The pictures that applications read, a page at a time. Pages go by what names an image, as what is stored meanwhile moves
-- none of it, and an adopted table may have ids of any kind.
SELECT id, category, value, style, image_url, seed, width, height, prompt, created_at, updated_at
FROM public.attribute_images
WHERE NOT placeholder
  AND (:#category::text IS NULL OR category = :#category::text)
  AND (:#value::text IS NULL OR value = :#value::text)
  AND (:#style::text IS NULL OR style = :#style::text)
  AND (:#afterCategory::text IS NULL
    OR (category, value, style) > (:#afterCategory::text, :#afterValue::text, :#afterStyle::text))
ORDER BY category, value, style
LIMIT :#limit
