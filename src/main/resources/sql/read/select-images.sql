-- What there is of some stretches of the catalogue, in order: the stored picture, and the task that says most about
-- the image: an unfinished one, else a dead letter, else the one that stored the picture, else the latest.
SELECT * FROM (
  SELECT w.position, w.category, w.value, w.style, s.image_url, t.id, t.run_id, t.error_reason, t.error_status, t.error_message,
         CASE WHEN t.state = 'SUBMITTED' AND t.storing_since IS NOT NULL THEN 'STORING'
              WHEN t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED', 'FAILED') THEN t.state
              WHEN s.stored THEN 'STORED'
              ELSE 'MISSING' END AS state
  FROM unnest(:#firsts::bigint[], :#ends::bigint[]) AS stretch (first, "end")
  CROSS JOIN LATERAL (
    SELECT position, category, value, style FROM ledger.catalogue_image
    WHERE catalogue_id = :#${bean:catalogueTable.id} AND position >= stretch.first AND position < stretch."end"
      AND (:#value::text IS NULL OR value = :#value::text)
    ORDER BY position
    LIMIT stretch."end" - stretch.first) w
  LEFT JOIN LATERAL (
    SELECT image_url, true AS stored FROM ledger.stored_image
    WHERE category = w.category AND value = w.value AND style = w.style
    LIMIT 1) s ON true
  LEFT JOIN LATERAL (
    SELECT * FROM ledger.task t
    WHERE t.category = w.category AND t.value = w.value AND t.style = w.style
    ORDER BY CASE WHEN t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED') THEN 0
                  WHEN t.state = 'FAILED' THEN 1
                  WHEN t.state = 'STORED' AND s.stored THEN 2
                  ELSE 3 END,
             t.position DESC
    LIMIT 1) t ON true) i
WHERE :#state::text IS NULL OR i.state = :#state::text
ORDER BY i.position
LIMIT :#limit
