-- A run, recorded before anything is done for it. A scheduled slot makes one run, whoever is first, and so does an id.
INSERT INTO ledger.run (id, trigger, schedule_slot, mode, category, filter_values, style, max_cost_usd, plan)
VALUES (:#id::uuid, :#trigger, :#slot::timestamptz, :#mode, :#category, :#values::text[], :#style, :#maxCostUsd::numeric, :#${bean:enumeration.digest})
ON CONFLICT DO NOTHING
RETURNING id
