-- Which images of the catalogue are in place, where that is not what it says.
UPDATE ledger.catalogue_image i SET stored = NOT i.stored
FROM (SELECT i.position, s.category IS NOT NULL AS stored
      FROM ledger.catalogue_image i
      LEFT JOIN ledger.stored_image s ON s.category = i.category AND s.value = i.value AND s.style = i.style
      WHERE i.catalogue_id = :#catalogue) now
WHERE i.catalogue_id = :#catalogue AND i.position = now.position AND i.stored <> now.stored
