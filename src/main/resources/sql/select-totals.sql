-- What has come of everything that was ever asked for, for the metrics: reads the whole ledger, so it is asked less often.
SELECT
  count(*) FILTER (WHERE state = 'STORED') AS stored,
  count(*) FILTER (WHERE state = 'SKIPPED') AS skipped,
  count(*) FILTER (WHERE state = 'CANCELLED') AS cancelled,
  coalesce(sum(cost_usd), 0) AS paid_usd,
  coalesce(sum(possible_cost_usd), 0)
    + :#${bean:settings.priceUsd} * count(*) FILTER (WHERE state = 'UNCONFIRMED') AS possibly_paid_usd
FROM generation_task
