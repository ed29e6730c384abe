-- What an operator must not miss: halted runs and those that have halted a model, paused ones that others wait for, and images that meet one setback after another for the same reason.
-- One that met a single setback is no news.
(SELECT 'HALTED' AS kind, r.id AS run_id, 1::bigint AS images, NULL AS reason, r.reason AS message
 FROM ledger.run r
 WHERE r.state = 'HALTED' OR r.state = 'RUNNING' AND EXISTS (SELECT FROM ledger.run_halt h WHERE h.run_id = r.id)
 ORDER BY r.started_at DESC
 LIMIT 10)
UNION ALL
(SELECT 'PAUSED', r.id, count(DISTINCT t.id), NULL, NULL
 FROM ledger.run r
 JOIN ledger.task t ON t.run_id = r.id AND t.state = 'PLANNED'
 JOIN ledger.run_join j ON j.task_id = t.id
 JOIN ledger.run waiting ON waiting.id = j.run_id AND waiting.state = 'RUNNING'
 WHERE r.state = 'PAUSED'
 GROUP BY r.id
 ORDER BY r.started_at DESC
 LIMIT 10)
UNION ALL
(SELECT 'SETBACKS', NULL, count(*), t.error_reason, (array_agg(t.error_message ORDER BY t.position DESC))[1]
 FROM ledger.task t
 WHERE t.setbacks > 0 AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED')
   AND t.error_reason NOT IN ('STOPPED', 'INTERRUPTED')
 GROUP BY t.error_reason
 HAVING count(*) > 2 OR max(t.setbacks) > 1
 ORDER BY count(*) DESC
 LIMIT 10)
