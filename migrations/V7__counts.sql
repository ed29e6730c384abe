-- How many images each run has in which state, and what they cost, without counting: a ledger of a million rows is
-- asked again and again. Every change of a task writes down what it adds and takes away, in its own transaction, so the
-- sums are never wrong and no writer waits for another. Each second what was written is folded into one row for each run
-- and state. What is deleted from the ledger, as it is old, stays counted.

CREATE TABLE generation_count (
  run_id            uuid    NOT NULL,
  state             text    NOT NULL,
  images            bigint  NOT NULL,
  submitted         bigint  NOT NULL,
  cost_usd          numeric NOT NULL,
  possible_cost_usd numeric NOT NULL,
  timed             bigint  NOT NULL,
  seconds           numeric NOT NULL,
  PRIMARY KEY (run_id, state)
) WITH (fillfactor = 50);
COMMENT ON TABLE generation_count IS 'the images of a run in a state, without what stands in generation_count_delta; JOINED are those of other runs that it waits for';
COMMENT ON COLUMN generation_count.submitted IS 'how many of them were ever accepted by Novita';
COMMENT ON COLUMN generation_count.seconds IS 'how long those that are timed took in all, from the paid submit to the stored picture';

CREATE TABLE generation_total (
  state             text    PRIMARY KEY,
  images            bigint  NOT NULL,
  submitted         bigint  NOT NULL,
  cost_usd          numeric NOT NULL,
  possible_cost_usd numeric NOT NULL,
  timed             bigint  NOT NULL,
  seconds           numeric NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE generation_total IS 'the sums of generation_count over all runs';

-- No key and no index: it is written with every step of every image, read as a whole, and soon empty again.
CREATE TABLE generation_count_delta (
  run_id            uuid    NOT NULL,
  state             text    NOT NULL,
  images            bigint  NOT NULL,
  submitted         bigint  NOT NULL,
  cost_usd          numeric NOT NULL,
  possible_cost_usd numeric NOT NULL,
  timed             bigint  NOT NULL,
  seconds           numeric NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
COMMENT ON TABLE generation_count_delta IS 'what is still to be added to generation_count and generation_total';

CREATE VIEW generation_count_now AS
  SELECT * FROM generation_count UNION ALL SELECT * FROM generation_count_delta;
CREATE VIEW generation_total_now AS
  SELECT * FROM generation_total
  UNION ALL
  SELECT state, images, submitted, cost_usd, possible_cost_usd, timed, seconds FROM generation_count_delta;

-- Statements, not rows, are counted: planning a chunk of the catalogue or cancelling a million images writes one row for
-- each run and state. For the steps of a single image that costs no more than a trigger for each row.
CREATE FUNCTION generation_task_count_new() RETURNS trigger
  LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO generation_count_delta
  SELECT run_id, state, count(*), count(submitted_at), sum(cost_usd), sum(possible_cost_usd),
         count(collecting_since) FILTER (WHERE state = 'STORED'),
         coalesce(sum(extract(epoch FROM finished_at - collecting_since)) FILTER (WHERE state = 'STORED'), 0)
  FROM added
  GROUP BY run_id, state;
  RETURN NULL;
END $$;

CREATE FUNCTION generation_task_count_change() RETURNS trigger
  LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO generation_count_delta
  SELECT run_id, state, sum(n), sum(n * submitted), sum(n * cost_usd), sum(n * possible_cost_usd), sum(n * timed),
         sum(n * seconds)
  FROM (SELECT n, run_id, state, (submitted_at IS NOT NULL)::int AS submitted, cost_usd, possible_cost_usd,
               (state = 'STORED' AND collecting_since IS NOT NULL)::int AS timed,
               CASE WHEN state = 'STORED' THEN coalesce(extract(epoch FROM finished_at - collecting_since), 0) ELSE 0 END AS seconds
        FROM (SELECT -1 AS n, run_id, state, submitted_at, cost_usd, possible_cost_usd, collecting_since, finished_at FROM old_rows
              UNION ALL
              SELECT 1, run_id, state, submitted_at, cost_usd, possible_cost_usd, collecting_since, finished_at FROM new_rows) t) c
  GROUP BY run_id, state
  -- claims, leases and due times count nothing
  HAVING (sum(n), sum(n * submitted), sum(n * cost_usd), sum(n * possible_cost_usd), sum(n * timed), sum(n * seconds))
         <> (0, 0, 0, 0, 0, 0);
  RETURN NULL;
END $$;

-- What a run joined stays counted as well when it is deleted from the ledger, as it is old.
CREATE FUNCTION generation_run_join_count() RETURNS trigger
  LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO generation_count_delta
  SELECT run_id, 'JOINED', CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END, 0, 0, 0, 0, 0
  FROM changed
  WHERE TG_OP = 'INSERT' OR EXISTS (SELECT FROM generation_task t WHERE t.id = task_id)
  GROUP BY run_id;
  RETURN NULL;
END $$;

CREATE FUNCTION generation_task_count_none() RETURNS trigger
  LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  -- waits for whoever is folding, and for no reader
  LOCK TABLE generation_count_delta IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM generation_count_delta;
  DELETE FROM generation_count;
  DELETE FROM generation_total;
  RETURN NULL;
END $$;

-- Nobody changes a task between the count of what is there and the first trigger.
LOCK TABLE generation_task, generation_run_join IN SHARE ROW EXCLUSIVE MODE;

INSERT INTO generation_count
SELECT run_id, state, count(*), count(submitted_at), sum(cost_usd), sum(possible_cost_usd),
       count(collecting_since) FILTER (WHERE state = 'STORED'),
       coalesce(sum(extract(epoch FROM finished_at - collecting_since)) FILTER (WHERE state = 'STORED'), 0)
FROM generation_task GROUP BY run_id, state
UNION ALL
SELECT run_id, 'JOINED', count(*), 0, 0, 0, 0, 0 FROM generation_run_join GROUP BY run_id;

INSERT INTO generation_total
SELECT state, sum(images), sum(submitted), sum(cost_usd), sum(possible_cost_usd), sum(timed), sum(seconds)
FROM generation_count GROUP BY state;

CREATE TRIGGER generation_task_count_new AFTER INSERT ON generation_task
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION generation_task_count_new();

CREATE TRIGGER generation_task_count_change AFTER UPDATE ON generation_task
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION generation_task_count_change();

CREATE TRIGGER generation_run_join_count_new AFTER INSERT ON generation_run_join
  REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION generation_run_join_count();

CREATE TRIGGER generation_run_join_count_gone AFTER DELETE ON generation_run_join
  REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION generation_run_join_count();

CREATE TRIGGER generation_task_count_none AFTER TRUNCATE ON generation_task
  FOR EACH STATEMENT EXECUTE FUNCTION generation_task_count_none();

-- What was stored lately; and what ended so long ago that it may go.
CREATE INDEX generation_task_stored ON generation_task (finished_at, id) WHERE state = 'STORED';
CREATE INDEX generation_task_dropped ON generation_task (finished_at, id) WHERE state IN ('SKIPPED', 'CANCELLED');

-- The runs that ended lately, and the cancelled ones, are asked for each second.
CREATE INDEX generation_run_finished ON generation_run (finished_at);
CREATE INDEX generation_run_cancelled ON generation_run (id) WHERE state = 'CANCELLED';

-- An image is updated five times: in a large ledger the defaults would let dead rows pile up until they are a fifth of it,
-- and the planner know only then that what was planned is stored.
ALTER TABLE generation_task SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

ALTER TABLE generation_count       ENABLE ROW LEVEL SECURITY;
ALTER TABLE generation_total       ENABLE ROW LEVEL SECURITY;
ALTER TABLE generation_count_delta ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE
  web_role text;
BEGIN
  FOR web_role IN SELECT rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated') LOOP
    EXECUTE format('REVOKE ALL ON generation_count, generation_total, generation_count_delta,
                                  generation_count_now, generation_total_now FROM %I', web_role);
  END LOOP;
END $$;
