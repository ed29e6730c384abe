-- The rules of runs and tasks that take a trigger.
-- Here and in the other R__ files: no function looks for a name where another role may have put one, as an operator that fits
-- a varchar exactly would be taken from any schema of the path; pg_temp comes last, where it would otherwise come first. And
-- no function that writes does anything for a table that is not its own.

-- Where the model takes a seed, it is chosen before the submit, so that the picture can be made again.
CREATE OR REPLACE FUNCTION ledger.with_seed(recipe jsonb, max_seed bigint) RETURNS jsonb
  LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
  RETURN CASE WHEN max_seed IS NULL THEN recipe
              ELSE recipe || jsonb_build_object('seed', floor(random() * (max_seed + 1))::bigint) END;

-- States only move forward. FAILED moves only when it is replayed or discarded; the other ends are final.
CREATE OR REPLACE FUNCTION ledger.task_check_transition() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT (CASE OLD.state
    WHEN 'PLANNED'     THEN NEW.state IN ('SUBMITTING', 'SUBMITTED', 'SKIPPED', 'CANCELLED')
    WHEN 'SUBMITTING'  THEN NEW.state IN ('SUBMITTED', 'PLANNED', 'UNCONFIRMED', 'FAILED', 'CANCELLED')
    WHEN 'UNCONFIRMED' THEN NEW.state IN ('SUBMITTED', 'PLANNED', 'FAILED', 'CANCELLED')
    WHEN 'SUBMITTED'   THEN NEW.state IN ('STORED', 'SKIPPED', 'PLANNED', 'FAILED')
    WHEN 'FAILED'      THEN NEW.state IN ('PLANNED', 'SUBMITTED', 'CANCELLED')
    ELSE false
  END) THEN
    RAISE EXCEPTION 'task % cannot go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER task_check_transition BEFORE UPDATE OF state ON ledger.task
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION ledger.task_check_transition();

-- What goes wrong again and again is known, for how long and how often.
CREATE OR REPLACE FUNCTION ledger.task_setback() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.setback_since := CASE
    WHEN NEW.setbacks = 0 THEN NULL
    -- nobody has tried it for an hour although it was due: the pause was the program's
    WHEN CASE OLD.state WHEN 'SUBMITTED' THEN OLD.next_poll_at ELSE OLD.submit_after END < now() - interval '1 hour' THEN now()
    ELSE coalesce(OLD.setback_since, now()) END;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER task_setback BEFORE UPDATE OF setbacks ON ledger.task
  FOR EACH ROW WHEN (OLD.setbacks IS DISTINCT FROM NEW.setbacks) EXECUTE FUNCTION ledger.task_setback();

-- A run of very many images is cancelled in pieces. Whatever takes it out of the pause meanwhile ends its cancellation.
CREATE OR REPLACE FUNCTION ledger.run_goes_on() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.cancelling_at := NULL;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER run_goes_on BEFORE UPDATE ON ledger.run
  FOR EACH ROW WHEN (NEW.cancelling_at IS NOT NULL AND NEW.state <> 'PAUSED') EXECUTE FUNCTION ledger.run_goes_on();

-- What a run has halted is of no account once it is over.
CREATE OR REPLACE FUNCTION ledger.run_ended() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM ledger.run_halt WHERE run_id = NEW.id;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER run_ended AFTER UPDATE OF state ON ledger.run
  FOR EACH ROW WHEN (NEW.finished_at IS NOT NULL) EXECUTE FUNCTION ledger.run_ended();

-- What the operators' pages follow: which rows have changed since a snapshot of the database, whoever changed them.
-- A row carries the transaction that changed it last. A page brings the snapshot of its last answer and gets what
-- that one did not see, so that a slow transaction is never missed, and no writer waits for another.
CREATE OR REPLACE FUNCTION ledger.note_change() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.changed := pg_current_xact_id();
  RETURN NEW;
END $$;

-- Claims, leases, due times and setbacks are nobody's news.
CREATE OR REPLACE TRIGGER run_changed BEFORE UPDATE ON ledger.run
  FOR EACH ROW
  WHEN ((OLD.state, OLD.reason, OLD.notice, OLD.max_cost_usd, OLD.committed_usd, OLD.beyond_budget,
         OLD.planned_at, OLD.finished_at)
        IS DISTINCT FROM
        (NEW.state, NEW.reason, NEW.notice, NEW.max_cost_usd, NEW.committed_usd, NEW.beyond_budget,
         NEW.planned_at, NEW.finished_at))
  EXECUTE FUNCTION ledger.note_change();

CREATE OR REPLACE TRIGGER task_changed BEFORE UPDATE ON ledger.task
  FOR EACH ROW
  WHEN ((OLD.state, OLD.attempts, OLD.provider_task_id, OLD.lost_task_ids, OLD.cost_usd, OLD.possible_cost_usd,
         OLD.object_key, OLD.image_url, OLD.error_reason, OLD.error_status, OLD.error_message,
         OLD.submitted_at, OLD.storing_since, OLD.finished_at)
        IS DISTINCT FROM
        (NEW.state, NEW.attempts, NEW.provider_task_id, NEW.lost_task_ids, NEW.cost_usd, NEW.possible_cost_usd,
         NEW.object_key, NEW.image_url, NEW.error_reason, NEW.error_status, NEW.error_message,
         NEW.submitted_at, NEW.storing_since, NEW.finished_at))
  EXECUTE FUNCTION ledger.note_change();
