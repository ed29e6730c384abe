-- What sql/plan/plan-chunk.sql would plan of a chunk of the catalogue, in order; "fetched" costs nothing, and what the budget
-- has no room for is not affordable. All of it is counted, also where no more of it is shown.
SELECT category, value, style, fetched, affordable,
       count(*) FILTER (WHERE fetched) OVER () AS images_fetched,
       count(*) FILTER (WHERE affordable AND NOT fetched) OVER () AS images_paid,
       count(*) FILTER (WHERE NOT affordable) OVER () AS images_beyond,
       coalesce(sum(price_usd) FILTER (WHERE affordable AND NOT fetched) OVER (), 0) AS usd
FROM (
SELECT p.*, r.price_usd,
       fetched OR r.price_usd = 0 OR sum(CASE WHEN fetched THEN 0 ELSE r.price_usd END) OVER (ORDER BY position)
                    <= coalesce(:#${exchangeProperty.dryRun.leftUsd}::numeric, 'Infinity') AS affordable
FROM (
  SELECT w.category, w.value, w.style, w.position,
         NOT :#regenerate AND EXISTS (
           SELECT FROM ledger.task d
           WHERE d.category = w.category AND d.value = w.value AND d.style = w.style
             AND d.state = 'FAILED' AND d.provider_task_id IS NOT NULL)
         AND NOT EXISTS (
           SELECT FROM ledger.task t
           WHERE t.category = w.category AND t.value = w.value AND t.style = w.style AND t.state = 'PLANNED') AS fetched
  FROM ledger.catalogue_image w
  WHERE w.catalogue_id = :#catalogue AND w.position >= :#first AND w.position < :#end
    AND (:#category::text IS NULL OR w.category = :#category::text)
    AND (cardinality(:#values::text[]) = 0 OR w.value = ANY (:#values::text[]))
    AND (:#style::text IS NULL OR w.style = :#style::text)
    AND (:#regenerate OR NOT w.stored AND NOT EXISTS (
           SELECT FROM ledger.stored_image s WHERE s.category = w.category AND s.value = w.value AND s.style = w.style))
    AND NOT EXISTS (SELECT FROM ledger.task t JOIN ledger.run r ON r.id = t.run_id
                    WHERE t.category = w.category AND t.value = w.value AND t.style = w.style
                      AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
                      AND NOT (t.state = 'PLANNED'
                               AND (r.state IN ('HALTED', 'CANCELLED')
                                    OR EXISTS (SELECT FROM ledger.run_halt h WHERE h.run_id = r.id AND h.model = t.model))))
    AND NOT (:#${bean:settings.parkUnconfirmed}
             AND EXISTS (SELECT FROM ledger.task d
                         WHERE d.category = w.category AND d.value = w.value AND d.style = w.style
                           AND d.state = 'FAILED' AND d.error_reason = 'UNCONFIRMED' AND d.provider_task_id IS NULL))) p
JOIN jsonb_to_recordset(:#recipes::jsonb) AS r (style text, price_usd numeric) ON r.style = p.style) w
ORDER BY position
LIMIT :#limit
