-- A submit that was under way when its run was cancelled, and came back unpaid.
UPDATE generation_task t
SET state = 'CANCELLED', finished_at = now(),
    error_reason = 'RUN_CANCELLED', error_status = NULL, error_message = 'The run was cancelled'
FROM generation_run r
WHERE r.id = t.run_id AND r.state = 'CANCELLED' AND t.state = 'PLANNED'
