-- A run, recorded before anything is done for it. A scheduled slot makes one run, whoever is first.
INSERT INTO generation_run (trigger, schedule_slot, mode, category, filter_values, style, max_cost_usd)
VALUES (:#trigger, :#slot::timestamptz, :#mode, :#category, :#values::text[], :#style, :#maxCostUsd::numeric)
ON CONFLICT (schedule_slot) DO NOTHING
RETURNING id
