-- What sql/plan-chunk.sql would plan of a chunk of the catalogue, in the order given; "fetched" costs nothing.
SELECT w.category, w.value, w.style,
       NOT :#regenerate AND EXISTS (
         SELECT FROM generation_task d
         WHERE d.category = w.category AND d.value = w.value AND d.style = w.style
           AND d.state = 'FAILED' AND d.novita_task_id IS NOT NULL)
       AND NOT EXISTS (
         SELECT FROM generation_task t
         WHERE t.category = w.category AND t.value = w.value AND t.style = w.style AND t.state = 'PLANNED') AS fetched
FROM unnest(:#categories::text[], :#values::text[], :#styles::text[])
  WITH ORDINALITY AS w (category, value, style, ordinality)
WHERE (:#regenerate OR NOT EXISTS (SELECT FROM stored_image s
                                   WHERE s.category = w.category AND s.value = w.value AND s.style = w.style))
  AND NOT EXISTS (SELECT FROM generation_task t JOIN generation_run r ON r.id = t.run_id
                  WHERE t.category = w.category AND t.value = w.value AND t.style = w.style
                    AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED')
                    AND NOT (t.state = 'PLANNED' AND r.state IN ('HALTED', 'CANCELLED')))
  AND NOT (:#${bean:settings.parkUnconfirmed}
           AND EXISTS (SELECT FROM generation_task d
                       WHERE d.category = w.category AND d.value = w.value AND d.style = w.style
                         AND d.state = 'FAILED' AND d.error_reason = 'UNCONFIRMED' AND d.novita_task_id IS NULL))
ORDER BY w.ordinality
