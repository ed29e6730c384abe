-- Tasks that changed since a snapshot of the database, and the snapshot of this answer with each of them, or alone where
-- there is none. What a snapshot did not see is what was not committed then, however early it began. Rows that came
-- from another server may carry transactions that this one has still to come to. Planned images are left out.
SELECT seen.snapshot::text AS snapshot, t.*
FROM (SELECT pg_current_snapshot() AS snapshot) seen
LEFT JOIN LATERAL (
  SELECT * FROM ledger.task
  WHERE changed >= pg_snapshot_xmin(:#since::pg_snapshot) AND changed < pg_snapshot_xmax(seen.snapshot)
    AND NOT pg_visible_in_snapshot(changed, :#since::pg_snapshot)
    AND (attempts > 0 OR state <> 'PLANNED')
  ORDER BY changed, position
  LIMIT :#limit) t ON true
