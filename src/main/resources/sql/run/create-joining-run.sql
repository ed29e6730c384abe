-- A run of somebody who waits for it, recorded before anything is done for it. From the start it waits for all of its
-- choice that is under way, also for what is not missing, such as a replay of a picture that is to be replaced.
WITH run AS (
  INSERT INTO ledger.run (id, trigger, schedule_slot, mode, category, filter_values, style, max_cost_usd, plan)
  VALUES (:#id::uuid, :#trigger, :#slot::timestamptz, :#mode, :#category, :#values::text[], :#style, :#maxCostUsd::numeric, :#${bean:enumeration.digest})
  RETURNING id
),
joined AS (
  INSERT INTO ledger.run_join (run_id, task_id)
  SELECT run.id, t.id
  FROM run, ledger.task t
  WHERE t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
    AND t.run_id IN (SELECT id FROM ledger.run WHERE state = 'RUNNING')
    AND (:#category::text IS NULL OR t.category = :#category::text)
    AND (cardinality(:#values::text[]) = 0 OR t.value = ANY (:#values::text[]))
    AND (:#style::text IS NULL OR t.style = :#style::text)
)
SELECT id FROM run
