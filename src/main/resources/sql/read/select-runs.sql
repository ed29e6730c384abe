-- Runs with their counts, newest first; one of them where an id is given.
WITH run AS MATERIALIZED (
  SELECT * FROM ledger.run
  WHERE (:#run::uuid IS NULL OR id = :#run::uuid)
  ORDER BY started_at DESC, id
  LIMIT :#limit
),
counted AS MATERIALIZED (
  SELECT run_id,
         sum(images) FILTER (WHERE state <> 'JOINED')::bigint AS planned,
         sum(images) FILTER (WHERE state = 'JOINED')::bigint AS joined,
         sum(images) FILTER (WHERE state IN ('PLANNED', 'SUBMITTING'))::bigint AS waiting,
         sum(submitted)::bigint AS submitted,
         sum(images) FILTER (WHERE state = 'STORED')::bigint AS stored,
         sum(images) FILTER (WHERE state = 'SKIPPED')::bigint AS skipped,
         sum(images) FILTER (WHERE state = 'FAILED')::bigint AS failed,
         sum(images) FILTER (WHERE state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED'))::bigint AS unfinished,
         sum(cost_usd) AS cost_usd,
         sum(possible_cost_usd)
           + coalesce(sum(price_usd) FILTER (WHERE state = 'UNCONFIRMED'), 0) AS possible_cost_usd,
         coalesce(sum(price_usd) FILTER (WHERE state IN ('PLANNED', 'SUBMITTING')), 0) AS cost_to_come_usd,
         sum(seconds) / nullif(sum(timed), 0) AS seconds_per_image
  FROM ledger.run_count_now
  WHERE run_id IN (SELECT id FROM run)
  GROUP BY run_id
),
-- what is still to come of the runs' images that wait for a time: few of a million planned ones do
due AS MATERIALIZED (
  SELECT c.run_id, extract(epoch FROM max(w.due_at) - now()) AS seconds_until_due
  FROM counted c CROSS JOIN LATERAL (
    SELECT submit_after AS due_at
    FROM jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text) JOIN ledger.task t ON t.model = m.model
    WHERE run_id = c.run_id AND state = 'PLANNED' AND submit_after > now()
    UNION ALL
    SELECT next_poll_at FROM ledger.task
    WHERE run_id = c.run_id AND state = 'SUBMITTED'
    UNION ALL
    SELECT unconfirmed_at + make_interval(secs => :#${bean:settings.unconfirmedGraceSeconds}) FROM ledger.task
    WHERE run_id = c.run_id AND state = 'UNCONFIRMED') w
  WHERE c.unfinished > 0
  GROUP BY c.run_id
),
-- added up for each run before it is compared with those above: many images in a minute are of few runs
lately AS MATERIALIZED (
  SELECT run_id, count(*) AS stored
  FROM ledger.task
  WHERE state = 'STORED' AND finished_at > now() - interval '1 minute'
  GROUP BY run_id
)
SELECT r.id, r.trigger, r.mode, r.category, r.filter_values, r.style, r.state, coalesce(r.reason, r.notice) AS reason,
       r.max_cost_usd, r.beyond_budget, r.started_at, r.planned_at, r.finished_at,
       coalesce(c.planned, 0) AS planned, coalesce(c.waiting, 0) AS waiting, coalesce(c.submitted, 0) AS submitted,
       coalesce(c.stored, 0) AS stored, coalesce(c.skipped, 0) AS skipped, coalesce(c.failed, 0) AS failed,
       coalesce(c.unfinished, 0) AS unfinished, coalesce(c.cost_usd, 0) AS cost_usd,
       coalesce(c.possible_cost_usd, 0) AS possible_cost_usd, coalesce(c.cost_to_come_usd, 0) AS cost_to_come_usd, c.seconds_per_image,
       d.seconds_until_due, p.seconds_until_submit, coalesce(l.stored, 0) AS stored_lately,
       coalesce(c.joined, 0) AS joined
FROM run r
LEFT JOIN counted c ON c.run_id = r.id
LEFT JOIN due d ON d.run_id = r.id
LEFT JOIN lately l ON l.run_id = r.id
LEFT JOIN LATERAL (
  -- when the last one that waits gets its permit, if nobody else wants one
  SELECT (c.waiting - 1) / nullif(:#${bean:settings.imagesPerMinute}::int, 0) * 60
         + extract(epoch FROM greatest(now(), CASE WHEN task_id IS NULL THEN free_at ELSE now() + cooldown END) - now())
           AS seconds_until_submit
  FROM ledger.permit JOIN jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text, slots int, counted boolean) USING (model)
  WHERE m.counted AND slot <= m.slots AND c.waiting > 0 AND r.state = 'RUNNING'
  ORDER BY CASE WHEN task_id IS NULL THEN free_at ELSE now() + cooldown END
  OFFSET greatest(c.waiting - 1, 0) % nullif(:#${bean:settings.imagesPerMinute}::int, 0) LIMIT 1) p ON true
ORDER BY r.started_at DESC, r.id
