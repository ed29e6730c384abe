-- A picture was stored since the brake halted the runs: they go on. One of which another run has taken images over meanwhile
-- is planned again, to wait for those.
UPDATE ledger.run r SET state = 'RUNNING', reason = NULL,
    planned_at = CASE WHEN taken.over THEN NULL ELSE planned_at END,
    plan_position = CASE WHEN taken.over THEN 0 ELSE plan_position END
FROM (SELECT b.id, EXISTS (SELECT FROM ledger.task t
                           WHERE t.run_id = b.id AND t.state = 'CANCELLED' AND t.error_reason = 'TAKEN_OVER') AS over
      FROM ledger.run b
      WHERE b.state = 'HALTED' AND b.braked_at IS NOT NULL
        AND EXISTS (SELECT FROM ledger.task t WHERE t.state = 'STORED' AND t.finished_at > b.braked_at)) taken
WHERE r.id = taken.id AND r.state = 'HALTED'
