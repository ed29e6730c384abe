-- The object is gone.
UPDATE ledger.task
SET obsolete_keys = array_remove(obsolete_keys, :#${exchangeProperty.obsoleteKey}::text),
    obsolete_after = CASE WHEN array_remove(obsolete_keys, :#${exchangeProperty.obsoleteKey}::text) <> '{}' THEN obsolete_after END
WHERE id = :#${exchangeProperty.obsoleteTask} AND :#${exchangeProperty.obsoleteKey}::text = ANY (obsolete_keys)
