-- The permits of each model: one for each image that the account may submit in a minute, or for each call that the model
-- answers at once.
INSERT INTO ledger.permit AS p (model, slot, cooldown)
SELECT m.model, slot, make_interval(secs => m.cooldown_seconds)
FROM jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text, slots int, cooldown_seconds double precision),
     generate_series(1, m.slots) slot
-- an insert that meets a row would lock it, and a submit wait for it
WHERE NOT EXISTS (SELECT FROM ledger.permit o
                  WHERE (o.model, o.slot, o.cooldown) = (m.model, slot, make_interval(secs => m.cooldown_seconds)))
ON CONFLICT (model, slot) DO UPDATE SET cooldown = excluded.cooldown WHERE p.cooldown <> excluded.cooldown
