-- A program uses the catalogue, which says what is in place.
UPDATE ledger.catalogue SET compared = true, used_at = now() WHERE id = :#catalogue
