-- The object is gone.
UPDATE generation_task SET obsolete_key = NULL, obsolete_after = NULL
WHERE id = :#${exchangeProperty.obsoleteTask} AND obsolete_key = :#${exchangeProperty.obsoleteKey}
