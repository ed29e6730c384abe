-- Runs that changed since a snapshot of the database. On request also those whose counts may be moving, of which the
-- newest will do, as they are asked for again and again.
(SELECT id FROM ledger.run
 WHERE changed >= pg_snapshot_xmin(:#since::pg_snapshot) AND changed < pg_snapshot_xmax(pg_current_snapshot())
   AND NOT pg_visible_in_snapshot(changed, :#since::pg_snapshot)
 LIMIT :#limit)
UNION
(SELECT id FROM ledger.run
 WHERE :#refresh AND (state = 'RUNNING' OR finished_at > now() - interval '1 minute')
 ORDER BY started_at DESC
 LIMIT :#refreshLimit)
