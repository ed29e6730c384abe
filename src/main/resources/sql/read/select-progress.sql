-- How far a run is: the images it makes and those it joined, which it waits for; what its own ones cost.
SELECT r.state, coalesce(r.reason, r.notice) AS reason, r.planned_at IS NOT NULL AS planned, r.beyond_budget,
       t.images, t.joined, t.waiting, t.to_pay_usd, t.in_flight, t.stored, t.failed, t.cost_usd, t.possible_cost_usd, t.seconds_per_image,
       extract(epoch FROM now() - greatest(d.submitted_at, t.submitted_at)) AS seconds_since_submit,
       extract(epoch FROM greatest(d.due_at, t.due_at) - now()) AS seconds_until_due, p.seconds_until_submit,
       (SELECT o.id FROM ledger.run o
        WHERE o.state = 'PAUSED'
          AND EXISTS (SELECT FROM ledger.run_join j JOIN ledger.task p ON p.id = j.task_id
                      WHERE j.run_id = r.id AND p.run_id = o.id AND p.state = 'PLANNED')
        LIMIT 1) AS paused_run,
       r.state = 'HALTED' AND NOT EXISTS (SELECT FROM ledger.run_halt h WHERE h.run_id = r.id AND h.braked_at IS NULL) AS braked,
       -- nothing is left to do but to wait for somebody who changes the store's settings
       CASE WHEN s.refused = t.in_flight AND (t.waiting = 0 OR r.state = 'HALTED') THEN s.refusal END AS store_refusal
FROM ledger.run r
CROSS JOIN LATERAL (
  SELECT coalesce(sum(images) FILTER (WHERE state <> 'CANCELLED'), 0)::bigint AS images,
         coalesce(sum(images) FILTER (WHERE joined), 0)::bigint AS joined,
         coalesce(sum(images) FILTER (WHERE state IN ('PLANNED', 'SUBMITTING')), 0)::bigint AS waiting,
         coalesce(sum(price_usd) FILTER (WHERE state IN ('PLANNED', 'SUBMITTING') AND NOT joined), 0) AS to_pay_usd,
         coalesce(sum(images) FILTER (WHERE state IN ('SUBMITTED', 'UNCONFIRMED')), 0)::bigint AS in_flight,
         coalesce(sum(images) FILTER (WHERE state IN ('STORED', 'SKIPPED')), 0)::bigint AS stored,
         coalesce(sum(images) FILTER (WHERE state = 'FAILED'), 0)::bigint AS failed,
         coalesce(sum(cost_usd) FILTER (WHERE NOT joined), 0) AS cost_usd,
         coalesce(sum(possible_cost_usd) FILTER (WHERE NOT joined), 0)
           + coalesce(sum(price_usd) FILTER (WHERE state = 'UNCONFIRMED' AND NOT joined), 0) AS possible_cost_usd,
         sum(seconds) / nullif(sum(timed), 0) AS seconds_per_image,
         max(submitted_at) AS submitted_at, max(due_at) AS due_at
  FROM (SELECT state, images, cost_usd, possible_cost_usd, price_usd, timed, seconds, NULL::timestamptz AS submitted_at,
               NULL::timestamptz AS due_at, false AS joined
        FROM ledger.run_count_now WHERE run_id = r.id AND state <> 'JOINED'
        UNION ALL
        SELECT t.state, count(*), 0, 0, 0, count(t.collecting_since) FILTER (WHERE t.state = 'STORED'),
               coalesce(sum(extract(epoch FROM t.finished_at - t.collecting_since)) FILTER (WHERE t.state = 'STORED'), 0),
               max(t.submitted_at) FILTER (WHERE t.state = 'SUBMITTED'),
               max(CASE t.state WHEN 'PLANNED' THEN t.submit_after WHEN 'SUBMITTED' THEN t.next_poll_at
                                WHEN 'UNCONFIRMED' THEN t.unconfirmed_at + make_interval(secs => :#${bean:settings.unconfirmedGraceSeconds}) END),
               true
        FROM ledger.run_join j JOIN ledger.task t ON t.id = j.task_id
        WHERE j.run_id = r.id
        GROUP BY t.state) all_of_it) t
CROSS JOIN LATERAL (
  -- of its own ones, those that are in flight or wait for a time: few of a million planned ones do
  SELECT max(submitted_at) AS submitted_at, max(due_at) AS due_at
  FROM (SELECT NULL::timestamptz AS submitted_at, submit_after AS due_at
        FROM jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text) JOIN ledger.task t ON t.model = m.model
        WHERE run_id = r.id AND state = 'PLANNED' AND submit_after > now()
        UNION ALL
        SELECT submitted_at, next_poll_at FROM ledger.task
        WHERE run_id = r.id AND state = 'SUBMITTED'
        UNION ALL
        SELECT NULL, unconfirmed_at + make_interval(secs => :#${bean:settings.unconfirmedGraceSeconds}) FROM ledger.task
        WHERE run_id = r.id AND state = 'UNCONFIRMED') own) d
LEFT JOIN LATERAL (
  -- when the last one that waits gets its permit, if nobody else wants one
  SELECT (t.waiting - 1) / nullif(:#${bean:settings.imagesPerMinute}::int, 0) * 60
         + extract(epoch FROM greatest(now(), CASE WHEN task_id IS NULL THEN free_at ELSE now() + cooldown END) - now())
           AS seconds_until_submit
  FROM ledger.permit JOIN jsonb_to_recordset(:#${bean:settings.paces}::jsonb) AS m(model text, slots int, counted boolean) USING (model)
  WHERE m.counted AND slot <= m.slots AND t.waiting > 0 AND r.state = 'RUNNING'
  ORDER BY CASE WHEN task_id IS NULL THEN free_at ELSE now() + cooldown END
  OFFSET greatest(t.waiting - 1, 0) % nullif(:#${bean:settings.imagesPerMinute}::int, 0) LIMIT 1) p ON true
CROSS JOIN LATERAL (
  SELECT count(*) AS refused, max(error_message) AS refusal
  FROM (SELECT id FROM ledger.task WHERE run_id = r.id AND state = 'SUBMITTED'
        UNION ALL
        SELECT task_id FROM ledger.run_join WHERE run_id = r.id) own
  JOIN ledger.task USING (id)
  -- the same word twice, or one that is less clear four times
  WHERE state = 'SUBMITTED' AND error_reason = 'STORAGE_REFUSED' AND setbacks > CASE WHEN error_status IS NULL THEN 3 ELSE 1 END) s
WHERE r.id = :#run::uuid
