-- Tasks, newest first, below a position where one is given.
SELECT * FROM ledger.task
WHERE (:#run::uuid IS NULL OR run_id = :#run::uuid)
  AND (:#state::text IS NULL OR state = :#state::text)
  AND (:#category::text IS NULL OR category = :#category::text)
  AND (:#value::text IS NULL OR value = :#value::text)
  AND (:#style::text IS NULL OR style = :#style::text)
  AND (:#before::bigint IS NULL OR position < :#before::bigint)
ORDER BY position DESC
LIMIT :#limit
