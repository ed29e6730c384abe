-- What the ledger says of all runs together. A dead letter counts as long as it is one.
SELECT count(*) FILTER (WHERE state IN ('SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')) AS in_flight,
       count(*) FILTER (WHERE state = 'FAILED') AS failed,
       count(*) FILTER (WHERE state = 'UNCONFIRMED') AS unconfirmed,
       coalesce(sum(cost_usd), 0) AS cost_usd,
       coalesce(sum(possible_cost_usd), 0)
           + :#${bean:settings.priceUsd} * count(*) FILTER (WHERE state = 'UNCONFIRMED') AS possible_cost_usd
FROM generation_task
