-- A dead letter that nobody wants any more, and what there may be of its picture.
UPDATE ledger.task SET state = 'CANCELLED', obsolete_key = object_key, obsolete_after = CASE WHEN object_key IS NOT NULL THEN now() END
WHERE id = :#id::uuid AND state = 'FAILED'
