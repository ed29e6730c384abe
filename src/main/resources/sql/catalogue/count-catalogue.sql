-- How many images of each group are in place.
UPDATE ledger.catalogue_group g
SET stored = (SELECT count(*) FROM ledger.catalogue_image i
              WHERE i.catalogue_id = g.catalogue_id AND i.position >= g.first AND i.position < g.first + g.required AND i.stored)
WHERE g.catalogue_id = :#catalogue
