-- A program uses the catalogue, if it was compared with what is in place before.
UPDATE ledger.catalogue SET used_at = now() WHERE id = :#catalogue AND compared
