-- How many images of each group of the catalogue are in place, and the first ones that are not, fewer of each where there
-- are very many groups: by category, in the order of the catalogue, and covers last.
SELECT g.category, g.style, g.category = 'style' AS cover, g.required,
       (g.stored + coalesce(c.stored, 0))::bigint AS stored, m.missing
FROM (SELECT *, min(first) OVER (PARTITION BY category) AS category_first
      FROM ledger.catalogue_group WHERE catalogue_id = :#${bean:catalogueTable.id}) g
LEFT JOIN (SELECT category, style, sum(stored) AS stored FROM ledger.catalogue_delta
           WHERE catalogue_id = :#${bean:catalogueTable.id} GROUP BY category, style) c USING (category, style)
LEFT JOIN LATERAL (
  SELECT array_agg(value::text ORDER BY position) AS missing
  FROM (SELECT value, position FROM ledger.catalogue_image i
        WHERE i.catalogue_id = g.catalogue_id AND i.position >= g.first AND i.position < g.first + g.required AND NOT i.stored
        ORDER BY i.position
        LIMIT (SELECT least(:#limit, greatest(10, 10000 / count(*))) FROM ledger.catalogue_group
               WHERE catalogue_id = :#${bean:catalogueTable.id})) named) m ON true
ORDER BY g.category_first, g.first
