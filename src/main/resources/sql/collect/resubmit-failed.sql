-- What was paid brought no picture that can be used: the image may be submitted again, as a new attempt that is paid anew,
-- with another seed, unless its run was cancelled, or the attempts or the run's budget are used up: then nothing changes.
WITH task AS MATERIALIZED (
  SELECT id, run_id, price_usd FROM ledger.task
  WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTED'
    AND provider_task_id = :#${exchangeProperty.task.providerTaskId} AND claimed_by = :#${bean:settings.instance}
    AND cardinality(lost_task_ids) + 1 < :#${bean:settings.maxAttempts}
  FOR UPDATE
),
run AS (
  UPDATE ledger.run r
  SET committed_usd = committed_usd + task.price_usd,
      state = CASE WHEN state = 'COMPLETED' THEN 'RUNNING' ELSE state END,
      finished_at = NULL
  FROM task
  WHERE r.id = task.run_id AND r.state <> 'CANCELLED'
    AND (r.max_cost_usd IS NULL OR r.committed_usd + task.price_usd <= r.max_cost_usd)
  RETURNING r.id
)
UPDATE ledger.task t
SET state = 'PLANNED', submit_after = now(), claimed_by = NULL, lease_until = NULL, storing_since = NULL,
    lost_task_ids = lost_task_ids || provider_task_id, provider_task_id = NULL,
    picture_url = NULL, picture_until = NULL, original_key = NULL, confidence = :#${exchangeProperty.confidence}::numeric,
    obsolete_keys = obsolete_keys || array_remove(ARRAY[object_key, original_key], NULL),
    obsolete_after = CASE WHEN coalesce(object_key, original_key) IS NULL THEN obsolete_after ELSE now() END, object_key = NULL,
    recipe = ledger.with_seed(recipe, :#${exchangeProperty.maxSeed}::bigint),
    error_reason = :#${exchangeProperty.failure.reason},
    error_status = :#${exchangeProperty.failure.status},
    error_message = :#${exchangeProperty.failure.message}
FROM task JOIN run ON run.id = task.run_id
WHERE t.id = task.id
