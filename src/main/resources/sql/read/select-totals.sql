-- What has come of everything that was ever asked for, for the metrics.
SELECT
  coalesce(sum(images) FILTER (WHERE state = 'STORED'), 0)::bigint AS stored,
  coalesce(sum(images) FILTER (WHERE state = 'SKIPPED'), 0)::bigint AS skipped,
  coalesce(sum(images) FILTER (WHERE state = 'CANCELLED'), 0)::bigint AS cancelled,
  coalesce(sum(cost_usd), 0) AS paid_usd,
  coalesce(sum(possible_cost_usd), 0)
    + coalesce(sum(price_usd) FILTER (WHERE state = 'UNCONFIRMED'), 0) AS possibly_paid_usd
FROM ledger.total_count_now
