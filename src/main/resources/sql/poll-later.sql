-- Novita is still at work.
UPDATE generation_task
SET next_poll_at = now() + make_interval(secs => :#${bean:settings.pollSeconds}),
    setbacks = 0, interruptions = 0, claimed_by = NULL, lease_until = NULL
WHERE id = :#${exchangeProperty.task.id} AND state = 'SUBMITTED'
  AND novita_task_id = :#${exchangeProperty.task.novitaTaskId}
