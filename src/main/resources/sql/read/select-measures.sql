-- What is open in the ledger, for the metrics: every count stands on few rows, whatever is planned and has been stored.
SELECT
  open.planned, open.submitting, open.submitted, open.unconfirmed,
  (SELECT coalesce(jsonb_object_agg(reason, images), '{}')::text
   FROM (SELECT error_reason AS reason, count(*) AS images FROM ledger.task
         WHERE state = 'FAILED' GROUP BY error_reason) f) AS dead_letters,
  -- the task that has been due longest, of those that only wait for their turn
  coalesce((SELECT extract(epoch FROM now() - min(t.submit_after))
            FROM ledger.run r
            CROSS JOIN jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text)
            CROSS JOIN LATERAL (SELECT submit_after FROM ledger.task
                                WHERE run_id = r.id AND model = m.model AND state = 'PLANNED' AND submit_after <= now()
                                  AND NOT EXISTS (SELECT FROM ledger.run_halt h WHERE h.run_id = r.id AND h.model = m.model)
                                ORDER BY submit_after LIMIT 1) t
            WHERE r.state = 'RUNNING'), 0) AS queue_age_seconds,
  coalesce((SELECT extract(epoch FROM now() - min(collecting_since)) FROM ledger.task
            WHERE state = 'SUBMITTED'), 0) AS paid_age_seconds,
  -- a permit is held from claim to a minute after the answer
  (SELECT count(*) FROM ledger.permit JOIN jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text, slots int, counted boolean) USING (model)
   WHERE m.counted AND slot <= m.slots AND free_at > now()) AS permits_used,
  :#${bean:settings.imagesPerMinute}::int AS permits,
  (SELECT count(*) FROM ledger.run r WHERE state = 'RUNNING'
     AND NOT EXISTS (SELECT FROM ledger.run_halt h WHERE h.run_id = r.id)) AS runs_running,
  (SELECT count(*) FROM ledger.run WHERE state = 'PAUSED') AS runs_paused,
  -- or a model of theirs is, while others go on
  (SELECT count(*) FROM ledger.run r WHERE state = 'HALTED'
     OR state = 'RUNNING' AND EXISTS (SELECT FROM ledger.run_halt h WHERE h.run_id = r.id)) AS runs_halted,
  (SELECT count(*) FROM ledger.webhook_hint) AS webhook_hints,
  (SELECT coalesce(sum(cardinality(obsolete_keys)), 0) FROM ledger.task WHERE obsolete_after IS NOT NULL) AS obsolete_objects,
  (SELECT count(*) FROM ledger.image_event) AS events
FROM (SELECT coalesce(sum(images) FILTER (WHERE state = 'PLANNED'), 0)::bigint AS planned,
             coalesce(sum(images) FILTER (WHERE state = 'SUBMITTING'), 0)::bigint AS submitting,
             coalesce(sum(images) FILTER (WHERE state = 'SUBMITTED'), 0)::bigint AS submitted,
             coalesce(sum(images) FILTER (WHERE state = 'UNCONFIRMED'), 0)::bigint AS unconfirmed
      FROM ledger.total_count_now) open
