-- The image failed. Where it was paid for and can still be had, the task id is kept, and a replay fetches it without paying;
-- where what was paid is lost, the id moves to the lost ones.
UPDATE ledger.task
SET state = 'FAILED', finished_at = now(), claimed_by = NULL, lease_until = NULL, storing_since = NULL,
    attempts = attempts + CASE WHEN state = 'SUBMITTING' THEN :#${exchangeProperty.failure.redeliveries} ELSE 0 END,
    lost_task_ids = CASE WHEN :#${exchangeProperty.failure.lost} AND provider_task_id IS NOT NULL
                         THEN lost_task_ids || provider_task_id ELSE lost_task_ids END,
    provider_task_id = CASE WHEN :#${exchangeProperty.failure.lost} THEN NULL ELSE provider_task_id END,
    confidence = coalesce(:#${exchangeProperty.confidence}::numeric, confidence),
    obsolete_keys = CASE WHEN :#${exchangeProperty.failure.lost}
                         THEN obsolete_keys || array_remove(ARRAY[object_key, original_key], NULL) ELSE obsolete_keys END,
    obsolete_after = CASE WHEN :#${exchangeProperty.failure.lost} AND coalesce(object_key, original_key) IS NOT NULL
                          THEN now() ELSE obsolete_after END,
    object_key = CASE WHEN NOT :#${exchangeProperty.failure.lost} THEN object_key END,
    original_key = CASE WHEN NOT :#${exchangeProperty.failure.lost} THEN original_key END,
    picture_url = CASE WHEN NOT :#${exchangeProperty.failure.lost} THEN picture_url END,
    error_reason = :#${exchangeProperty.failure.reason},
    error_status = :#${exchangeProperty.failure.status},
    error_message = :#${exchangeProperty.failure.message}
WHERE id = :#${exchangeProperty.task.id} AND provider_task_id IS NOT DISTINCT FROM :#${exchangeProperty.task.providerTaskId}
  AND claimed_by = :#${bean:settings.instance}
  AND (state = 'SUBMITTED' OR state = 'SUBMITTING' AND attempts = :#${exchangeProperty.task.attempts})
