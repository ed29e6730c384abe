-- This program uses its catalogue; others that no program has used for a week are forgotten.
WITH used AS (
  UPDATE ledger.catalogue SET used_at = now() WHERE id = :#${bean:catalogueTable.id}
)
DELETE FROM ledger.catalogue WHERE used_at < now() - interval '7 days' AND id <> :#${bean:catalogueTable.id}
