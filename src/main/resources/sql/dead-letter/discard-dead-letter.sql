-- A dead letter that nobody wants any more, and what there may be of its picture.
UPDATE ledger.task
SET state = 'CANCELLED', obsolete_keys = array_remove(obsolete_keys || object_key || original_key, NULL),
    obsolete_after = CASE WHEN coalesce(object_key, original_key) IS NOT NULL THEN now() ELSE obsolete_after END
WHERE id = :#id::uuid AND state = 'FAILED'
