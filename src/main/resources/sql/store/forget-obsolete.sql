-- The object is gone.
UPDATE ledger.task SET obsolete_key = NULL, obsolete_after = NULL
WHERE id = :#${exchangeProperty.obsoleteTask} AND obsolete_key = :#${exchangeProperty.obsoleteKey}
