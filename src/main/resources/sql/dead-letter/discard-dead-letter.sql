-- A dead letter that nobody wants any more, and what there may be of its picture.
UPDATE ledger.task
SET state = 'CANCELLED', obsolete_keys = array_remove(ARRAY[object_key, original_key], NULL),
    obsolete_after = CASE WHEN coalesce(object_key, original_key) IS NOT NULL THEN now() END
WHERE id = :#id::uuid AND state = 'FAILED'
