-- Looks at the next tasks that ended long ago, in the order of their ends, and removes those that are history. Their run
-- keeps its counts and costs. Left alone is
-- what tells how a picture was made that is still in place;
-- what has an object in the bucket that is still to be removed;
-- and what its own run, or one that joined it, has made and must not pay for again when it is planned again: as long as
-- that run goes on, or has a dead letter with which it may go on.
WITH next AS MATERIALIZED (
  (SELECT id, finished_at FROM ledger.task
   WHERE state = 'STORED' AND finished_at < now() - make_interval(secs => :#keepSeconds)
     AND (finished_at, id) > (:#afterTime::timestamptz, :#afterId::uuid)
   ORDER BY finished_at, id LIMIT :#batch)
  UNION ALL
  (SELECT id, finished_at FROM ledger.task
   WHERE state IN ('SKIPPED', 'CANCELLED') AND finished_at < now() - make_interval(secs => :#keepSeconds)
     AND (finished_at, id) > (:#afterTime::timestamptz, :#afterId::uuid)
   ORDER BY finished_at, id LIMIT :#batch)
  ORDER BY finished_at, id LIMIT :#batch
),
history AS MATERIALIZED (
  SELECT t.id, t.run_id
  FROM next JOIN ledger.task t ON t.id = next.id
  WHERE t.obsolete_after IS NULL
    AND NOT EXISTS (SELECT FROM ledger.stored_image s
                    WHERE s.category = t.category AND s.value = t.value AND s.style = t.style
                      AND s.object_key = t.object_key)
),
concerned AS MATERIALIZED (
  SELECT id AS task_id, run_id FROM history
  UNION ALL
  SELECT j.task_id, j.run_id FROM history JOIN ledger.run_join j ON j.task_id = history.id
),
needing AS MATERIALIZED (
  SELECT r.id FROM ledger.run r
  WHERE r.id IN (SELECT run_id FROM concerned)
    AND (r.finished_at IS NULL OR r.finished_at >= now() - make_interval(secs => :#keepSeconds)
         OR EXISTS (SELECT FROM ledger.task o
                    WHERE o.run_id = r.id AND o.state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED', 'FAILED')))
),
removed AS (
  DELETE FROM ledger.task
  WHERE id IN (
    SELECT t.id FROM ledger.task t
    WHERE t.id IN (SELECT id FROM history
                   EXCEPT SELECT c.task_id FROM concerned c JOIN needing ON needing.id = c.run_id)
    FOR UPDATE SKIP LOCKED)
  RETURNING id
)
-- the last one looked at is where to go on; there is none at the end
SELECT gone.images AS removed, last.finished_at::text AS after_time, last.id::text AS after_id
FROM (SELECT count(*) AS images FROM removed) gone
LEFT JOIN (SELECT * FROM next ORDER BY finished_at DESC, id DESC LIMIT 1) last ON true
