-- The picture is there and is fetched now. The claim is still this instance's, and stays so for another lease. Under which
-- key it is about to be in the bucket is known from here on, whatever happens next.
UPDATE ledger.task
SET storing_since = now(), object_key = :#${exchangeProperty.objectKey}, lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds})
WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTED'
  AND provider_task_id = :#${exchangeProperty.task.providerTaskId} AND claimed_by = :#${bean:settings.instance}
