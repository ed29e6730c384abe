-- The counts as they are, also of what is still to be folded.
CREATE OR REPLACE VIEW ledger.run_count_now AS
  SELECT * FROM ledger.run_count UNION ALL SELECT * FROM ledger.count_delta;

CREATE OR REPLACE VIEW ledger.total_count_now AS
  SELECT * FROM ledger.total_count
  UNION ALL
  SELECT state, images, submitted, cost_usd, possible_cost_usd, price_usd, timed, seconds FROM ledger.count_delta;

-- Statements, not rows, are counted: planning a chunk of the catalogue or cancelling a million images writes one row for
-- each run and state. For the steps of a single image that costs no more than a trigger for each row.
CREATE OR REPLACE FUNCTION ledger.task_count_new() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_RELID <> 'ledger.task'::regclass THEN
    RETURN NULL;
  END IF;
  INSERT INTO ledger.count_delta
  SELECT run_id, state, count(*), count(submitted_at), sum(cost_usd), sum(possible_cost_usd), sum(price_usd),
         count(collecting_since) FILTER (WHERE state = 'STORED'),
         coalesce(sum(extract(epoch FROM finished_at - collecting_since)) FILTER (WHERE state = 'STORED'), 0)
  FROM added
  GROUP BY run_id, state;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER task_count_new AFTER INSERT ON ledger.task
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.task_count_new();

CREATE OR REPLACE FUNCTION ledger.task_count_change() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_RELID <> 'ledger.task'::regclass THEN
    RETURN NULL;
  END IF;
  INSERT INTO ledger.count_delta
  SELECT run_id, state, sum(n), sum(n * submitted), sum(n * cost_usd), sum(n * possible_cost_usd), sum(n * price_usd),
         sum(n * timed), sum(n * seconds)
  FROM (SELECT n, run_id, state, (submitted_at IS NOT NULL)::int AS submitted, cost_usd, possible_cost_usd, price_usd,
               (state = 'STORED' AND collecting_since IS NOT NULL)::int AS timed,
               CASE WHEN state = 'STORED' THEN coalesce(extract(epoch FROM finished_at - collecting_since), 0) ELSE 0 END AS seconds
        FROM (SELECT -1 AS n, run_id, state, submitted_at, cost_usd, possible_cost_usd, price_usd, collecting_since, finished_at
              FROM old_rows
              UNION ALL
              SELECT 1, run_id, state, submitted_at, cost_usd, possible_cost_usd, price_usd, collecting_since, finished_at
              FROM new_rows) t) c
  GROUP BY run_id, state
  -- claims, leases and due times count nothing
  HAVING (sum(n), sum(n * submitted), sum(n * cost_usd), sum(n * possible_cost_usd), sum(n * price_usd), sum(n * timed),
          sum(n * seconds)) <> (0, 0, 0, 0, 0, 0, 0);
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER task_count_change AFTER UPDATE ON ledger.task
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.task_count_change();

-- What is deleted because it ended long ago stays counted. Anything else that somebody deletes has not been made, or is no
-- dead letter any more; what was paid for it stays paid.
CREATE OR REPLACE FUNCTION ledger.task_count_gone() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_RELID <> 'ledger.task'::regclass THEN
    RETURN NULL;
  END IF;
  INSERT INTO ledger.count_delta
  SELECT run_id, state, -count(*), 0, 0, 0, -sum(price_usd), 0, 0
  FROM gone
  WHERE state NOT IN ('STORED', 'SKIPPED', 'CANCELLED')
  GROUP BY run_id, state;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER task_count_gone AFTER DELETE ON ledger.task
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.task_count_gone();

CREATE OR REPLACE FUNCTION ledger.task_count_none() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_RELID <> 'ledger.task'::regclass THEN
    RETURN NULL;
  END IF;
  -- waits for another instance that is folding, and for no reader
  LOCK TABLE ledger.count_delta IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM ledger.count_delta;
  DELETE FROM ledger.run_count;
  DELETE FROM ledger.total_count;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER task_count_none AFTER TRUNCATE ON ledger.task
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.task_count_none();

-- What a run joined stays counted as well when it is deleted from the ledger because it is old.
CREATE OR REPLACE FUNCTION ledger.run_join_count() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_RELID <> 'ledger.run_join'::regclass THEN
    RETURN NULL;
  END IF;
  INSERT INTO ledger.count_delta
  SELECT run_id, 'JOINED', CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END, 0, 0, 0, 0, 0, 0
  FROM changed
  WHERE TG_OP = 'INSERT' OR EXISTS (SELECT FROM ledger.task t WHERE t.id = task_id)
  GROUP BY run_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER run_join_count_new AFTER INSERT ON ledger.run_join
  REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.run_join_count();

CREATE OR REPLACE TRIGGER run_join_count_gone AFTER DELETE ON ledger.run_join
  REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.run_join_count();
