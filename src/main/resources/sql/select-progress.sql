-- How far a run is: the images it makes and those it joined, which it waits for; what its own ones cost.
SELECT r.state, coalesce(r.reason, r.notice) AS reason, r.planned_at IS NOT NULL AS planned, r.beyond_budget,
       t.images, t.joined, t.waiting, t.to_pay, t.in_flight, t.stored, t.failed, t.cost_usd, t.possible_cost_usd, t.seconds_per_image,
       t.seconds_since_submit, t.seconds_until_due, p.seconds_until_submit,
       (SELECT o.id FROM generation_run_join j
        JOIN generation_task p ON p.id = j.task_id AND p.state = 'PLANNED'
        JOIN generation_run o ON o.id = p.run_id AND o.state = 'PAUSED'
        WHERE j.run_id = r.id LIMIT 1) AS paused_run
FROM generation_run r
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE state <> 'CANCELLED') AS images,
         count(*) FILTER (WHERE joined) AS joined,
         count(*) FILTER (WHERE state IN ('PLANNED', 'SUBMITTING')) AS waiting,
         count(*) FILTER (WHERE state IN ('PLANNED', 'SUBMITTING') AND NOT joined) AS to_pay,
         count(*) FILTER (WHERE state IN ('SUBMITTED', 'UNCONFIRMED')) AS in_flight,
         count(*) FILTER (WHERE state IN ('STORED', 'SKIPPED')) AS stored,
         count(*) FILTER (WHERE state = 'FAILED') AS failed,
         coalesce(sum(cost_usd) FILTER (WHERE NOT joined), 0) AS cost_usd,
         coalesce(sum(possible_cost_usd) FILTER (WHERE NOT joined), 0)
           + :#${bean:settings.priceUsd} * count(*) FILTER (WHERE state = 'UNCONFIRMED' AND NOT joined) AS possible_cost_usd,
         avg(extract(epoch FROM finished_at - submitted_at)) FILTER (WHERE state = 'STORED') AS seconds_per_image,
         extract(epoch FROM now() - max(submitted_at) FILTER (WHERE state = 'SUBMITTED')) AS seconds_since_submit,
         max(extract(epoch FROM CASE state WHEN 'PLANNED' THEN submit_after WHEN 'SUBMITTED' THEN next_poll_at
                                         WHEN 'UNCONFIRMED' THEN unconfirmed_at + make_interval(secs => :#${bean:settings.unconfirmedGraceSeconds}) END
                      - now())) AS seconds_until_due
  FROM (SELECT state, cost_usd, possible_cost_usd, submit_after, unconfirmed_at, submitted_at, next_poll_at, finished_at, false AS joined
        FROM generation_task WHERE run_id = r.id
        UNION ALL
        SELECT t.state, t.cost_usd, t.possible_cost_usd, t.submit_after, t.unconfirmed_at, t.submitted_at, t.next_poll_at, t.finished_at, true
        FROM generation_run_join j JOIN generation_task t ON t.id = j.task_id WHERE j.run_id = r.id) all_of_it) t
LEFT JOIN LATERAL (
  -- when the last one that waits gets its permit, if nobody else wants one
  SELECT (t.waiting - 1) / :#${bean:settings.imagesPerMinute} * 60
         + greatest(0, extract(epoch FROM CASE WHEN task_id IS NULL THEN free_at ELSE now() + interval '60.1 seconds' END - now()))
           AS seconds_until_submit
  FROM submit_permit
  WHERE slot <= :#${bean:settings.imagesPerMinute} AND t.waiting > 0 AND r.state = 'RUNNING'
  ORDER BY CASE WHEN task_id IS NULL THEN free_at ELSE now() + interval '60.1 seconds' END
  OFFSET greatest(t.waiting - 1, 0) % :#${bean:settings.imagesPerMinute} LIMIT 1) p ON true
WHERE r.id = :#run::uuid
