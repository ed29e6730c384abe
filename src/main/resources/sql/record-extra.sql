-- An answer that comes after another one for the same image: its task is paid as well, and lost.
UPDATE generation_task
SET lost_task_ids = lost_task_ids || :#${body.taskId}::text, cost_usd = cost_usd + :#${bean:settings.priceUsd},
    possible_cost_usd = greatest(0, possible_cost_usd - :#${bean:settings.priceUsd})
WHERE id = :#${exchangeProperty.task.id}
  AND novita_task_id IS DISTINCT FROM :#${body.taskId} AND NOT :#${body.taskId} = ANY (lost_task_ids)
