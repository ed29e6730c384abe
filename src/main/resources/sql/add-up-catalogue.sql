-- Adds up what was stored since the last time; one instance at a time, others try again later. Whoever counts meanwhile
-- sees either the changes or their sum.
WITH added AS (
  DELETE FROM catalogue_change
  WHERE catalogue_id = :#${bean:catalogueTable.id}
    AND (SELECT pg_try_advisory_xact_lock(hashtextextended('attribute-images: add-up-catalogue', 0)))
  RETURNING *
)
UPDATE catalogue_group g SET stored = g.stored + a.stored
FROM (SELECT catalogue_id, category, style, sum(stored) AS stored FROM added GROUP BY 1, 2, 3) a
WHERE g.catalogue_id = a.catalogue_id AND g.category = a.category AND g.style = a.style
