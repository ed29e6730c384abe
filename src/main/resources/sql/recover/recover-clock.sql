-- What waits for longer than any pause was written down before the clock was set back, as by a failover to a server that is
-- behind: it waits no longer.
WITH submits AS (
  UPDATE ledger.task SET submit_after = now()
  WHERE id = ANY (ARRAY(
    SELECT t.id FROM ledger.run r
    CROSS JOIN jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text)
    CROSS JOIN LATERAL (
      SELECT id FROM ledger.task
      WHERE run_id = r.id AND model = m.model AND state = 'PLANNED'
        AND submit_after > now() + make_interval(secs => 60 + 2 * :#${bean:settings.maxPauseSeconds})
      LIMIT 10000) t
    WHERE r.state = 'RUNNING'
    LIMIT 10000
  ))
)
UPDATE ledger.task SET next_poll_at = now()
WHERE id = ANY (ARRAY(
  SELECT id FROM ledger.task
  WHERE state = 'SUBMITTED'
    AND next_poll_at > now() + make_interval(secs => 60 + 2 * (:#${bean:settings.maxPauseSeconds}::float8 + :#${bean:settings.pollSeconds}))
    AND next_poll_at < 'infinity'
  LIMIT 10000))
