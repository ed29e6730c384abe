-- Paid tasks whose instance stopped. What it had only claimed is free again. What it was fetching is fetched again, with
-- growing pauses that are not the same for all, so that a picture which takes every program down with it is soon alone; and
-- in the end a dead letter.
WITH left_behind AS (
  SELECT id, storing_since IS NOT NULL AS fetching FROM ledger.task
  WHERE state = 'SUBMITTED'
    -- or the lease was taken before the clock was set back
    AND (lease_until < now() OR lease_until > now() + interval '61 minutes')
  FOR UPDATE SKIP LOCKED
),
released AS (
  UPDATE ledger.task t SET claimed_by = NULL, lease_until = NULL
  FROM left_behind WHERE t.id = left_behind.id AND NOT left_behind.fetching
)
UPDATE ledger.task t
SET state = CASE WHEN interruptions + 1 >= :#${bean:settings.maxInterruptions} THEN 'FAILED' ELSE 'SUBMITTED' END,
    finished_at = CASE WHEN interruptions + 1 >= :#${bean:settings.maxInterruptions} THEN now() END,
    interruptions = interruptions + 1, claimed_by = NULL, lease_until = NULL, storing_since = NULL,
    next_poll_at = now() + make_interval(secs => least(2 ^ interruptions - 1, :#${bean:settings.maxPauseSeconds}) * random()),
    error_reason = 'INTERRUPTED', error_status = NULL,
    error_message = 'The instance that fetched the picture stopped before it was stored, for the '
                    || (interruptions + 1) || '. time; a replay fetches it again'
FROM left_behind WHERE t.id = left_behind.id AND left_behind.fetching
