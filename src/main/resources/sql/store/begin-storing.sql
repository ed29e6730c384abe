-- The picture is there and is fetched now. The claim is still this instance's, and stays so for another lease. Under which
-- key it is about to be in the bucket is known from here on, whatever happens next; what an earlier attempt of another task of
-- Novita's may have left under another key is to be removed.
UPDATE ledger.task
SET storing_since = now(), object_key = :#${exchangeProperty.objectKey},
    obsolete_keys = array_remove(obsolete_keys || nullif(object_key, :#${exchangeProperty.objectKey}), NULL),
    obsolete_after = CASE WHEN object_key <> :#${exchangeProperty.objectKey} THEN now() ELSE obsolete_after END,
    lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds})
WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTED'
  AND provider_task_id = :#${exchangeProperty.task.providerTaskId} AND claimed_by = :#${bean:settings.instance}
