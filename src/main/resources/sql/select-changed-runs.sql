-- Runs that changed since a snapshot of the database; on request also those whose counts may be moving.
SELECT id FROM generation_run
WHERE changed >= pg_snapshot_xmin(:#since::pg_snapshot) AND changed < pg_snapshot_xmax(pg_current_snapshot())
  AND NOT pg_visible_in_snapshot(changed, :#since::pg_snapshot)
UNION
SELECT id FROM generation_run
WHERE :#refresh AND (state = 'RUNNING' OR finished_at > now() - interval '1 minute')
LIMIT :#limit
