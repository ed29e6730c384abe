-- Novita knows the task that a webhook named: it is the image's, and paid, so the image needs no other submit.
WITH reopened AS (
  UPDATE generation_run r SET state = 'RUNNING', reason = NULL, finished_at = NULL
  FROM generation_task t
  WHERE t.id = :#${exchangeProperty.hint[id]} AND t.state = 'FAILED' AND t.error_reason = 'UNCONFIRMED'
    AND r.id = t.run_id AND r.state = 'COMPLETED'
)
UPDATE generation_task t
SET state = 'SUBMITTED', novita_task_id = :#${exchangeProperty.hint[novita_task_id]},
    next_poll_at = now(), submitted_at = now(), collecting_since = now(),
    cost_usd = cost_usd + :#${bean:settings.priceUsd},
    possible_cost_usd = CASE WHEN state = 'UNCONFIRMED' THEN possible_cost_usd
                             ELSE greatest(0, possible_cost_usd - :#${bean:settings.priceUsd}) END,
    finished_at = NULL, setbacks = 0, claimed_by = NULL, lease_until = NULL, unconfirmed_at = NULL,
    error_reason = NULL, error_status = NULL, error_message = NULL
WHERE id = :#${exchangeProperty.hint[id]} AND novita_task_id IS NULL
  AND NOT EXISTS (SELECT FROM generation_task o WHERE o.novita_task_id = :#${exchangeProperty.hint[novita_task_id]})
  AND NOT :#${exchangeProperty.hint[novita_task_id]} = ANY (lost_task_ids)
  AND (state IN ('UNCONFIRMED', 'PLANNED')
       OR state = 'FAILED' AND error_reason = 'UNCONFIRMED'
          AND NOT EXISTS (SELECT FROM generation_task o
                          WHERE o.category = t.category AND o.value = t.value AND o.style = t.style
                            AND o.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')))
