-- What was planned before prices stood with the images was planned at the price of the settings.
UPDATE ledger.task
SET price_usd = :#${bean:settings.priceUsd}, lost_answers = round(possible_cost_usd / :#${bean:settings.priceUsd})
WHERE price_usd IS NULL AND state IN ('PLANNED', 'SUBMITTING', 'UNCONFIRMED', 'SUBMITTED', 'FAILED')
