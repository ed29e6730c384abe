-- The ledger: what was asked of Novita, what was paid for, and what became of it.
-- The rules of the pipeline stand here as constraints, so that no program can break them.

CREATE TABLE generation_run (
  id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  trigger          text        NOT NULL CHECK (trigger IN ('SCHEDULE', 'START', 'REST', 'CLI')),
  schedule_slot    timestamptz UNIQUE,
  mode             text        NOT NULL CHECK (mode IN ('missing', 'regenerate')),
  category         varchar(50),
  filter_values    text[],
  style            varchar(20),
  max_cost_usd     numeric(12, 4) CHECK (max_cost_usd >= 0),
  state            text        NOT NULL DEFAULT 'RUNNING'
                   CHECK (state IN ('RUNNING', 'PAUSED', 'HALTED', 'COMPLETED', 'CANCELLED')),
  reason           text,
  started_at       timestamptz NOT NULL DEFAULT now(),
  plan_lease_until timestamptz,
  planned_at       timestamptz,
  finished_at      timestamptz,
  CHECK ((schedule_slot IS NOT NULL) = (trigger = 'SCHEDULE')),
  CHECK ((finished_at IS NOT NULL) = (state IN ('COMPLETED', 'CANCELLED')))
);
COMMENT ON COLUMN generation_run.schedule_slot IS 'the planned time of a scheduled run: unique, so several instances make one run';
COMMENT ON COLUMN generation_run.plan_lease_until IS 'an instance is planning the run until then';
CREATE INDEX generation_run_started ON generation_run (started_at DESC);
CREATE INDEX generation_run_open ON generation_run (state) WHERE state IN ('RUNNING', 'PAUSED', 'HALTED');

CREATE TABLE generation_task (
  id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  position          bigint GENERATED ALWAYS AS IDENTITY,
  run_id            uuid          NOT NULL REFERENCES generation_run,
  category          varchar(50)   NOT NULL,
  value             varchar(100)  NOT NULL,
  style             varchar(20)   NOT NULL,
  replaces          boolean       NOT NULL DEFAULT false,

  prompt            text          NOT NULL,
  negative_prompt   text          NOT NULL,
  model             text          NOT NULL,
  sampler           text          NOT NULL,
  steps             int           NOT NULL,
  guidance_scale    numeric(5, 2) NOT NULL,
  width             int           NOT NULL,
  height            int           NOT NULL,
  seed              bigint,

  state             text          NOT NULL DEFAULT 'PLANNED'
                    CHECK (state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED',
                                     'STORED', 'FAILED', 'SKIPPED', 'CANCELLED')),
  attempts          int           NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  setbacks          int           NOT NULL DEFAULT 0 CHECK (setbacks >= 0),
  submit_after      timestamptz   NOT NULL DEFAULT now(),
  next_poll_at      timestamptz,
  unconfirmed_at    timestamptz,
  claimed_by        text,
  lease_until       timestamptz,
  webhook_token     text,

  novita_task_id    text UNIQUE,
  lost_task_ids     text[]        NOT NULL DEFAULT '{}',
  cost_usd          numeric(12, 4) NOT NULL DEFAULT 0,
  possible_cost_usd numeric(12, 4) NOT NULL DEFAULT 0,

  object_key        text,
  image_url         text,
  obsolete_key      text,
  obsolete_after    timestamptz,

  error_reason      text,
  error_status      int,
  error_message     text,

  created_at        timestamptz   NOT NULL DEFAULT now(),
  submitted_at      timestamptz,
  collecting_since  timestamptz,
  finished_at       timestamptz,

  -- A paid task is collected, never submitted again: what waits for a submit has no task id.
  CHECK (state NOT IN ('PLANNED', 'SUBMITTING', 'UNCONFIRMED') OR novita_task_id IS NULL),
  CHECK (state <> 'SUBMITTED' OR (novita_task_id IS NOT NULL AND next_poll_at IS NOT NULL)),
  CHECK (state <> 'STORED' OR (novita_task_id IS NOT NULL AND object_key IS NOT NULL AND image_url IS NOT NULL)),
  CHECK (state <> 'SUBMITTING' OR (claimed_by IS NOT NULL AND lease_until IS NOT NULL)),
  CHECK (state <> 'UNCONFIRMED' OR unconfirmed_at IS NOT NULL),
  CHECK (state <> 'FAILED' OR error_reason IS NOT NULL),
  CHECK ((finished_at IS NOT NULL) = (state IN ('STORED', 'FAILED', 'SKIPPED', 'CANCELLED'))),
  CHECK ((obsolete_key IS NULL) = (obsolete_after IS NULL))
);
COMMENT ON COLUMN generation_task.replaces IS 'the picture takes the place of the one that is there (mode regenerate)';
COMMENT ON COLUMN generation_task.attempts IS 'how often the image was submitted';
COMMENT ON COLUMN generation_task.setbacks IS 'failures in a row since the last step forward: pauses grow with it';
COMMENT ON COLUMN generation_task.novita_task_id IS 'the paid task; null once Novita has nothing to fetch for it';
COMMENT ON COLUMN generation_task.lost_task_ids IS 'paid tasks that Novita failed or forgot';
COMMENT ON COLUMN generation_task.possible_cost_usd IS 'what lost answers may have cost beyond cost_usd';
COMMENT ON COLUMN generation_task.obsolete_key IS 'an object to remove from the bucket after obsolete_after';

-- At most one unfinished task for an image.
CREATE UNIQUE INDEX generation_task_unfinished ON generation_task (category, value, style)
  WHERE state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED');

CREATE INDEX generation_task_to_submit ON generation_task (submit_after, position) WHERE state = 'PLANNED';
CREATE INDEX generation_task_to_collect ON generation_task (next_poll_at) WHERE state = 'SUBMITTED';
CREATE INDEX generation_task_claimed ON generation_task (lease_until) WHERE state = 'SUBMITTING';
CREATE INDEX generation_task_in_doubt ON generation_task (unconfirmed_at) WHERE state = 'UNCONFIRMED';
CREATE INDEX generation_task_obsolete ON generation_task (obsolete_after) WHERE obsolete_key IS NOT NULL;
CREATE INDEX generation_task_dead_letters ON generation_task (category, value, style) WHERE state = 'FAILED';
CREATE INDEX generation_task_by_run ON generation_task (run_id, state);
CREATE INDEX generation_task_newest ON generation_task (position DESC);

-- States only move forward. FAILED moves only when it is replayed or discarded; the other ends are final.
CREATE FUNCTION generation_task_check_transition() RETURNS trigger
  LANGUAGE plpgsql SET search_path = '' AS $$
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

CREATE TRIGGER generation_task_check_transition BEFORE UPDATE OF state ON generation_task
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION generation_task_check_transition();

-- Novita's limit of images per minute, for the whole account and across restarts: as many permits as images
-- per minute. A submit holds one until a minute after its answer, so no 60 seconds ever see more submits.
CREATE TABLE submit_permit (
  slot    int PRIMARY KEY CHECK (slot > 0),
  free_at timestamptz NOT NULL DEFAULT '-infinity',
  task_id uuid
);
CREATE INDEX submit_permit_free ON submit_permit (free_at, slot);
CREATE INDEX submit_permit_task ON submit_permit (task_id) WHERE task_id IS NOT NULL;

-- Every picture that is in place, covers among them: a cover is the image "cover" of the category "style".
CREATE VIEW stored_image AS
  SELECT category, value, style, image_url, object_key FROM attribute_images
  UNION ALL
  SELECT 'style', 'cover', style, image_url, object_key FROM style_images WHERE NOT placeholder;
