-- What the ledger says of all runs together. A dead letter counts as long as it is one.
SELECT coalesce(sum(images) FILTER (WHERE state IN ('SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')), 0)::bigint AS in_flight,
       coalesce(sum(images) FILTER (WHERE state = 'FAILED'), 0)::bigint AS failed,
       coalesce(sum(images) FILTER (WHERE state = 'UNCONFIRMED'), 0)::bigint AS unconfirmed,
       coalesce(sum(cost_usd), 0) AS cost_usd,
       coalesce(sum(possible_cost_usd), 0)
         + coalesce(sum(price_usd) FILTER (WHERE state = 'UNCONFIRMED'), 0) AS possible_cost_usd
FROM ledger.total_count_now
