-- Runs in which nothing waits any more but for models that are halted in them, their own images and those they have joined.
UPDATE ledger.run r
SET state = 'HALTED'
FROM (SELECT DISTINCT run_id FROM ledger.run_halt) halted
WHERE r.id = halted.run_id AND r.state = 'RUNNING' AND r.planned_at IS NOT NULL
  AND EXISTS (SELECT FROM ledger.run_halt h WHERE h.run_id = r.id
                AND (EXISTS (SELECT FROM ledger.task t WHERE t.run_id = r.id AND t.model = h.model AND t.state IN ('PLANNED', 'UNCONFIRMED'))
                     OR EXISTS (SELECT FROM ledger.run_join j JOIN ledger.task t ON t.id = j.task_id
                                WHERE j.run_id = r.id AND t.model = h.model AND t.state IN ('PLANNED', 'UNCONFIRMED'))))
  AND NOT EXISTS (SELECT FROM jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text)
                  WHERE NOT EXISTS (SELECT FROM ledger.run_halt h WHERE h.run_id = r.id AND h.model = m.model)
                    AND EXISTS (SELECT FROM ledger.task t WHERE t.run_id = r.id AND t.model = m.model AND t.state IN ('PLANNED', 'UNCONFIRMED')))
  AND NOT EXISTS (SELECT FROM ledger.task t WHERE t.run_id = r.id AND t.state = 'SUBMITTING')
  AND NOT EXISTS (SELECT FROM ledger.run_join j JOIN ledger.task t ON t.id = j.task_id
                  WHERE j.run_id = r.id AND t.state IN ('PLANNED', 'SUBMITTING', 'UNCONFIRMED')
                    AND NOT EXISTS (SELECT FROM ledger.run_halt h WHERE h.run_id = r.id AND h.model = t.model))
