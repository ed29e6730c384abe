-- Novita says that the task is finished: a hint to ask it now. Where the answer to the submit is still out, or was
-- lost, the webhook brings the task id, and the image needs no second submit.
-- A webhook about an earlier attempt that Novita failed comes late and changes nothing.
UPDATE generation_task
SET state = 'SUBMITTED', next_poll_at = now(),
    novita_task_id = coalesce(novita_task_id, :#${exchangeProperty.novitaTaskId}),
    cost_usd = cost_usd + CASE WHEN novita_task_id IS NULL THEN :#${bean:settings.priceUsd} ELSE 0 END,
    possible_cost_usd = CASE WHEN state = 'PLANNED'
                             THEN greatest(0, possible_cost_usd - :#${bean:settings.priceUsd}) ELSE possible_cost_usd END,
    submitted_at = coalesce(submitted_at, now()), collecting_since = coalesce(collecting_since, now()),
    claimed_by = CASE WHEN state = 'SUBMITTED' THEN claimed_by END,
    lease_until = CASE WHEN state = 'SUBMITTED' THEN lease_until END,
    unconfirmed_at = NULL,
    error_reason = NULL, error_status = NULL, error_message = NULL
WHERE id = :#${header.task}::uuid
  AND state IN ('SUBMITTING', 'UNCONFIRMED', 'SUBMITTED', 'PLANNED')
  AND (novita_task_id IS NULL OR novita_task_id = :#${exchangeProperty.novitaTaskId})
  AND NOT :#${exchangeProperty.novitaTaskId} = ANY (lost_task_ids)
