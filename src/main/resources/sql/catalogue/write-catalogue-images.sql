-- The rows get their positions: group by group, and within a group as they came.
INSERT INTO ledger.catalogue_image (catalogue_id, position, category, value, style, prompt, stored)
SELECT g.catalogue_id, g.first + row_number() OVER (PARTITION BY g.first ORDER BY r.n) - 1,
       r.category, r.value, r.style, r.prompt, s.category IS NOT NULL
FROM ledger.catalogue_group g
JOIN catalogue_row r ON r.category = g.category AND r.style = g.style
LEFT JOIN ledger.stored_image s ON s.category = r.category AND s.value = r.value AND s.style = r.style
WHERE g.catalogue_id = :#catalogue
