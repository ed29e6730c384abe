-- Runs with their counts, newest first; one of them where an id is given.
SELECT r.id, r.trigger, r.mode, r.category, r.filter_values, r.style, r.state, coalesce(r.reason, r.notice) AS reason,
       r.max_cost_usd, r.beyond_budget, r.started_at, r.planned_at, r.finished_at,
       t.planned, t.waiting, t.submitted, t.stored, t.skipped, t.failed, t.unfinished, t.cost_usd, t.possible_cost_usd,
       t.seconds_per_image, t.seconds_until_due, p.seconds_until_submit, t.stored_lately, j.joined
FROM (
  SELECT * FROM generation_run
  WHERE (:#run::uuid IS NULL OR id = :#run::uuid)
  ORDER BY started_at DESC, id
  LIMIT :#limit) r
CROSS JOIN LATERAL (
  SELECT count(*) AS planned,
         count(*) FILTER (WHERE state IN ('PLANNED', 'SUBMITTING')) AS waiting,
         count(*) FILTER (WHERE submitted_at IS NOT NULL) AS submitted,
         count(*) FILTER (WHERE state = 'STORED') AS stored,
         count(*) FILTER (WHERE state = 'SKIPPED') AS skipped,
         count(*) FILTER (WHERE state = 'FAILED') AS failed,
         count(*) FILTER (WHERE finished_at IS NULL) AS unfinished,
         coalesce(sum(cost_usd), 0) AS cost_usd,
         coalesce(sum(possible_cost_usd), 0)
           + :#${bean:settings.priceUsd} * count(*) FILTER (WHERE state = 'UNCONFIRMED') AS possible_cost_usd,
         avg(extract(epoch FROM finished_at - collecting_since)) FILTER (WHERE state = 'STORED') AS seconds_per_image,
         max(extract(epoch FROM CASE state WHEN 'PLANNED' THEN submit_after WHEN 'SUBMITTED' THEN next_poll_at
                                         WHEN 'UNCONFIRMED' THEN unconfirmed_at + make_interval(secs => :#${bean:settings.unconfirmedGraceSeconds}) END
                      - now())) AS seconds_until_due,
         count(*) FILTER (WHERE state = 'STORED' AND finished_at > now() - interval '1 minute') AS stored_lately
  FROM generation_task WHERE run_id = r.id) t
CROSS JOIN LATERAL (
  SELECT count(*) AS joined FROM generation_run_join WHERE run_id = r.id) j
LEFT JOIN LATERAL (
  -- when the last one that waits gets its permit, if nobody else wants one
  SELECT (t.waiting - 1) / :#${bean:settings.imagesPerMinute} * 60
         + greatest(0, extract(epoch FROM CASE WHEN task_id IS NULL THEN free_at ELSE now() + interval '60.1 seconds' END - now()))
           AS seconds_until_submit
  FROM submit_permit
  WHERE slot <= :#${bean:settings.imagesPerMinute} AND t.waiting > 0 AND r.state = 'RUNNING'
  ORDER BY CASE WHEN task_id IS NULL THEN free_at ELSE now() + interval '60.1 seconds' END
  OFFSET greatest(t.waiting - 1, 0) % :#${bean:settings.imagesPerMinute} LIMIT 1) p ON true
ORDER BY r.started_at DESC, r.id
