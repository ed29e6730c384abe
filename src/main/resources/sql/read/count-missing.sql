-- How many images of a choice are not in place.
SELECT count(*) AS images FROM ledger.catalogue_image
WHERE catalogue_id = :#${bean:catalogueTable.id} AND NOT stored
  AND (:#category::text IS NULL OR category = :#category::text)
  AND (cardinality(:#values::text[]) = 0 OR value = ANY (:#values::text[]))
  AND (:#style::text IS NULL OR style = :#style::text)
