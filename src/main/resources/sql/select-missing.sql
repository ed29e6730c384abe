-- Which images of a chunk of the catalogue are not stored, in the order given.
SELECT w.category, w.value, w.style
FROM unnest(:#categories::text[], :#values::text[], :#styles::text[])
  WITH ORDINALITY AS w (category, value, style, ordinality)
WHERE NOT EXISTS (SELECT FROM stored_image s
                  WHERE s.category = w.category AND s.value = w.value AND s.style = w.style)
ORDER BY w.ordinality
