-- What the picture was made of is kept beside it. Under which key it is about to be in the bucket is known from here on; one
-- that was there under another key is to be removed.
UPDATE ledger.task
SET original_key = :#${exchangeProperty.originalKey},
    obsolete_keys = array_remove(obsolete_keys || nullif(original_key, :#${exchangeProperty.originalKey}), NULL),
    obsolete_after = CASE WHEN original_key <> :#${exchangeProperty.originalKey} THEN now() ELSE obsolete_after END
WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTED'
  AND provider_task_id = :#${exchangeProperty.task.providerTaskId} AND claimed_by = :#${bean:settings.instance}
