-- What the operators' pages follow: which rows have changed since a snapshot of the database, whoever changed them.
-- A row carries the transaction that changed it last. Whoever asks brings the snapshot of the last answer and gets what
-- that one did not see, so that a slow transaction is never missed, and no writer waits for another.

ALTER TABLE generation_run
  ADD COLUMN changed xid8 NOT NULL DEFAULT '0';
ALTER TABLE generation_task
  ADD COLUMN changed       xid8 NOT NULL DEFAULT '0',
  ADD COLUMN storing_since timestamptz;
-- What is there keeps the 0: a table of a million rows is not written anew.
ALTER TABLE generation_run  ALTER COLUMN changed SET DEFAULT pg_current_xact_id();
ALTER TABLE generation_task ALTER COLUMN changed SET DEFAULT pg_current_xact_id();
COMMENT ON COLUMN generation_run.changed IS 'the transaction that changed last what people see of the run';
COMMENT ON COLUMN generation_task.changed IS 'the transaction that changed last what people see of the task';
COMMENT ON COLUMN generation_task.storing_since IS 'its picture is being fetched and stored since then, or was when it was stored';

CREATE FUNCTION generation_changed() RETURNS trigger
  LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  NEW.changed := pg_catalog.pg_current_xact_id();
  RETURN NEW;
END $$;

-- Claims, leases, due times and setbacks are nobody's news.
CREATE TRIGGER generation_run_changed BEFORE UPDATE ON generation_run
  FOR EACH ROW
  WHEN ((OLD.state, OLD.reason, OLD.notice, OLD.max_cost_usd, OLD.committed_usd, OLD.beyond_budget,
         OLD.planned_at, OLD.finished_at)
        IS DISTINCT FROM
        (NEW.state, NEW.reason, NEW.notice, NEW.max_cost_usd, NEW.committed_usd, NEW.beyond_budget,
         NEW.planned_at, NEW.finished_at))
  EXECUTE FUNCTION generation_changed();

CREATE TRIGGER generation_task_changed BEFORE UPDATE ON generation_task
  FOR EACH ROW
  WHEN ((OLD.state, OLD.attempts, OLD.novita_task_id, OLD.lost_task_ids, OLD.cost_usd, OLD.possible_cost_usd, OLD.seed,
         OLD.object_key, OLD.image_url, OLD.error_reason, OLD.error_status, OLD.error_message,
         OLD.submitted_at, OLD.storing_since, OLD.finished_at)
        IS DISTINCT FROM
        (NEW.state, NEW.attempts, NEW.novita_task_id, NEW.lost_task_ids, NEW.cost_usd, NEW.possible_cost_usd, NEW.seed,
         NEW.object_key, NEW.image_url, NEW.error_reason, NEW.error_status, NEW.error_message,
         NEW.submitted_at, NEW.storing_since, NEW.finished_at))
  EXECUTE FUNCTION generation_changed();

CREATE INDEX generation_run_changed ON generation_run (changed);
-- Planned images are not announced one by one, so that planning a million of them costs nothing here.
CREATE INDEX generation_task_changed ON generation_task (changed) WHERE attempts > 0 OR state <> 'PLANNED';

-- The tasks of an image, newest first; and those that do not get on.
CREATE INDEX generation_task_by_image ON generation_task (category, value, style, position DESC);
CREATE INDEX generation_task_set_back ON generation_task (error_reason)
  WHERE setbacks > 0 AND state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED');
