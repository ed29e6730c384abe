-- Novita knows the task that a webhook named, but the image has another one: this one was paid as well, and is lost.
UPDATE generation_task t
SET lost_task_ids = lost_task_ids || :#${exchangeProperty.hint[novita_task_id]}::text,
    cost_usd = cost_usd + :#${bean:settings.priceUsd},
    possible_cost_usd = greatest(0, possible_cost_usd - :#${bean:settings.priceUsd})
WHERE id = :#${exchangeProperty.hint[id]} AND state <> 'SUBMITTING'
  AND NOT EXISTS (SELECT FROM generation_task o WHERE o.novita_task_id = :#${exchangeProperty.hint[novita_task_id]})
  AND NOT :#${exchangeProperty.hint[novita_task_id]} = ANY (lost_task_ids)
