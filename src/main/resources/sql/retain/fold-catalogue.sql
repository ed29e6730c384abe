-- Adds what was stored since the last time to the counts of the catalogues; one instance at a time, others try again later.
-- Whoever reads sees what is folded here either before or after, never both.
WITH taken AS (
  DELETE FROM ledger.catalogue_delta
  WHERE (SELECT pg_try_advisory_xact_lock(hashtextextended('attribute-images: fold-catalogue', 0)))
  RETURNING *
)
UPDATE ledger.catalogue_group g SET stored = g.stored + t.stored
FROM (SELECT catalogue_id, category, style, sum(stored) AS stored FROM taken GROUP BY 1, 2, 3) t
WHERE g.catalogue_id = t.catalogue_id AND g.category = t.category AND g.style = t.style
