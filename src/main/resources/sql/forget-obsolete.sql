-- The object is gone.
UPDATE generation_task SET obsolete_key = NULL, obsolete_after = NULL
WHERE id = :#${body[id]} AND obsolete_key = :#${body[obsolete_key]}
