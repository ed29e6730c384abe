-- How many images of the dead letters that a replay was about have none on its way: their runs' budgets have no room.
SELECT count(DISTINCT (d.category, d.value, d.style))
FROM ledger.task d
WHERE d.state = 'FAILED'
  AND (:#run::uuid IS NULL OR d.run_id = :#run::uuid)
  AND (:#reason::text IS NULL OR d.error_reason = :#reason::text)
  AND (:#category::text IS NULL OR d.category = :#category::text)
  AND (cardinality(:#values::text[]) = 0 OR d.value = ANY (:#values::text[]))
  AND (:#style::text IS NULL OR d.style = :#style::text)
  AND NOT EXISTS (SELECT FROM ledger.task t
                  WHERE t.category = d.category AND t.value = d.value AND t.style = d.style
                    AND t.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED'))
