-- Runs with their counts, newest first; one of them where an id is given.
SELECT r.id, r.trigger, r.mode, r.category, r.filter_values, r.style, r.state, coalesce(r.reason, r.notice) AS reason,
       r.max_cost_usd, r.beyond_budget, r.started_at, r.planned_at, r.finished_at,
       t.planned, t.waiting, t.to_pay, t.submitted, t.stored, t.skipped, t.failed, t.unfinished, t.cost_usd, t.possible_cost_usd,
       t.seconds_per_image, t.stored_lately, j.joined
FROM (
  SELECT * FROM generation_run
  WHERE (:#run::uuid IS NULL OR id = :#run::uuid)
  ORDER BY started_at DESC, id
  LIMIT :#limit) r
CROSS JOIN LATERAL (
  SELECT count(*) AS planned,
         count(*) FILTER (WHERE state IN ('PLANNED', 'SUBMITTING')) AS waiting,
         count(*) FILTER (WHERE state IN ('PLANNED', 'SUBMITTING', 'UNCONFIRMED')) AS to_pay,
         count(*) FILTER (WHERE submitted_at IS NOT NULL) AS submitted,
         count(*) FILTER (WHERE state = 'STORED') AS stored,
         count(*) FILTER (WHERE state = 'SKIPPED') AS skipped,
         count(*) FILTER (WHERE state = 'FAILED') AS failed,
         count(*) FILTER (WHERE finished_at IS NULL) AS unfinished,
         coalesce(sum(cost_usd), 0) AS cost_usd,
         coalesce(sum(possible_cost_usd), 0) AS possible_cost_usd,
         avg(extract(epoch FROM finished_at - collecting_since)) FILTER (WHERE state = 'STORED') AS seconds_per_image,
         count(*) FILTER (WHERE state = 'STORED' AND finished_at > now() - interval '1 minute') AS stored_lately
  FROM generation_task WHERE run_id = r.id) t
CROSS JOIN LATERAL (
  SELECT count(*) AS joined FROM generation_run_join WHERE run_id = r.id) j
ORDER BY r.started_at DESC, r.id
