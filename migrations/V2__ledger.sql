-- The ledger: what was asked of Novita, what was paid for, and what became of it. Flyway has made its schema.
-- The rules of the pipeline stand here as constraints, so that no program can break them; those that need a trigger are in
-- R__rules.sql. Each index names the statement of sql/ that it is for, or the first of several.

-- A run: a choice of images that somebody, or the schedule, wants made.
CREATE TABLE ledger.run (
  id               uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  trigger          text        NOT NULL,
  schedule_slot    timestamptz UNIQUE,                     -- the planned time of a scheduled run, of which instances make one
  mode             text        NOT NULL,
  category         varchar(50),                            -- the choice; what is left empty stands for all
  filter_values    text[],
  style            varchar(20),

  state            text        NOT NULL DEFAULT 'RUNNING',
  reason           text,                                   -- of the state
  notice           text,                                   -- what the planner has to say: of the budget, of the balance
  started_at       timestamptz NOT NULL DEFAULT now(),
  finished_at      timestamptz,
  cancelling_at    timestamptz,                            -- a sign of life of who cancels it, until all of it is cancelled

  max_cost_usd     numeric,                                -- its budget
  committed_usd    numeric     NOT NULL DEFAULT 0,         -- what it has paid, may have paid, and is still going to pay
  beyond_budget    int         NOT NULL DEFAULT 0,         -- how many images the budget left out

  plan             uuid,                                   -- a digest of what its images are made from: others do not plan it
  plan_token       uuid,                                   -- tells the planner that may go on from one that may not
  plan_position    bigint      NOT NULL DEFAULT 0,         -- what stands before it in the catalogue is planned
  plan_lease_until timestamptz,                            -- its planner is at work until then; or since when it is to be planned
  planned_at       timestamptz,

  changed          xid8        NOT NULL DEFAULT pg_current_xact_id(), -- the transaction that changed last what people see of it

  CHECK (trigger IN ('SCHEDULE', 'START', 'REST', 'CLI')),
  CHECK (mode IN ('missing', 'regenerate')),
  CHECK (state IN ('RUNNING', 'PAUSED', 'HALTED', 'COMPLETED', 'CANCELLED')),
  CHECK ((schedule_slot IS NOT NULL) = (trigger = 'SCHEDULE')),
  CHECK ((finished_at IS NOT NULL) = (state IN ('COMPLETED', 'CANCELLED'))),
  CHECK (max_cost_usd >= 0),
  CONSTRAINT run_within_budget CHECK (committed_usd <= max_cost_usd)
);

-- select-runs
CREATE INDEX run_started ON ledger.run (started_at DESC);
-- claim-planned
CREATE INDEX run_open ON ledger.run (state) WHERE state IN ('RUNNING', 'PAUSED', 'HALTED');
-- reopen-runs
CREATE INDEX run_finished ON ledger.run (finished_at);
-- claim-cancelling
CREATE INDEX run_cancelling ON ledger.run (cancelling_at) WHERE cancelling_at IS NOT NULL;
-- select-changed-runs
CREATE INDEX run_changed ON ledger.run (changed);

-- A task: one image that was asked for.
CREATE TABLE ledger.task (
  id                uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
  position          bigint       GENERATED ALWAYS AS IDENTITY,           -- the order of planning
  run_id            uuid         NOT NULL REFERENCES ledger.run,
  category          varchar(50)  NOT NULL,
  value             varchar(100) NOT NULL,
  style             varchar(20)  NOT NULL,
  replaces          boolean      NOT NULL DEFAULT false,                 -- takes the place of a picture that is there

  model             text         NOT NULL,                               -- the entry of the models' file
  recipe            jsonb        NOT NULL,                               -- what it is made from: io.attributeimages.catalog.Recipe
  price_usd         numeric      NOT NULL,                               -- what a submit costs, as its run has committed it

  state             text         NOT NULL DEFAULT 'PLANNED',
  created_at        timestamptz  NOT NULL DEFAULT now(),
  finished_at       timestamptz,
  error_reason      text,                                                -- why it failed, or what set it back last
  error_status      int,
  error_message     text,

  claimed_by        text,                                                -- the instance that works on it
  lease_until       timestamptz,                                         -- without a sign of life, until then
  setbacks          int          NOT NULL DEFAULT 0,                     -- in a row, since the last step: pauses grow with them
  setback_since     timestamptz,                                         -- the first of them
  interruptions     int          NOT NULL DEFAULT 0,                     -- instances in a row that stopped while they fetched it

  submit_after      timestamptz  NOT NULL DEFAULT now(),
  attempts          int          NOT NULL DEFAULT 0,                     -- how often it was submitted
  unconfirmed_at    timestamptz,                                         -- the answer was lost then
  lost_answers      int          NOT NULL DEFAULT 0,                     -- submits that may be paid without an answer
  possible_cost_usd numeric      NOT NULL DEFAULT 0,                     -- what those may have cost beyond cost_usd

  provider_task_id  text         UNIQUE,                                 -- the paid task; null once there is nothing to fetch
  lost_task_ids     text[]       NOT NULL DEFAULT '{}',                  -- paid tasks that failed, or were forgotten
  cost_usd          numeric      NOT NULL DEFAULT 0,                     -- what was paid for it
  submitted_at      timestamptz,                                         -- accepted then
  collecting_since  timestamptz,                                         -- accepted, or replayed then
  next_poll_at      timestamptz,                                         -- when to ask for it
  picture_url       text,                                                -- where its picture is, where the answer gave that
  picture_until     timestamptz,                                         -- and until when; null where that was not told

  storing_since     timestamptz,                                         -- its picture is fetched and stored since then
  confidence        numeric,                                             -- of the safety label, 0-100
  object_key        text,                                                -- of the picture, from when it may be in the bucket on
  original_key      text,                                                -- of the picture in full size, likewise
  image_url         text,
  obsolete_keys     text[]       NOT NULL DEFAULT '{}',                  -- objects to remove from the bucket
  obsolete_after    timestamptz,                                         -- once that is past

  changed           xid8         NOT NULL DEFAULT pg_current_xact_id(),  -- the transaction that changed last what people see

  CHECK (state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED', 'STORED', 'FAILED', 'SKIPPED', 'CANCELLED')),
  -- A paid task is collected, never submitted again: what waits for a submit has no task id.
  CHECK (state NOT IN ('PLANNED', 'SUBMITTING', 'UNCONFIRMED') OR provider_task_id IS NULL),
  CHECK (state <> 'SUBMITTING' OR (claimed_by IS NOT NULL AND lease_until IS NOT NULL)),
  CHECK (state <> 'UNCONFIRMED' OR unconfirmed_at IS NOT NULL),
  CHECK (state <> 'SUBMITTED' OR (provider_task_id IS NOT NULL AND next_poll_at IS NOT NULL)),
  CHECK (state <> 'STORED' OR (provider_task_id IS NOT NULL AND object_key IS NOT NULL AND image_url IS NOT NULL)),
  CHECK (state <> 'FAILED' OR error_reason IS NOT NULL),
  CHECK ((finished_at IS NOT NULL) = (state IN ('STORED', 'FAILED', 'SKIPPED', 'CANCELLED'))),
  CHECK ((obsolete_keys = '{}') = (obsolete_after IS NULL)),
  CHECK (recipe ->> 'prompt' IS NOT NULL),
  CHECK (picture_url IS NULL OR provider_task_id IS NOT NULL),
  CHECK (price_usd >= 0),
  CHECK (confidence BETWEEN 0 AND 100),
  CHECK (least(attempts, setbacks, interruptions, lost_answers) >= 0)
);

-- An image is updated five times: in a large ledger the defaults would let dead rows pile up until they are a fifth of it,
-- and the planner know only then that what was planned is stored.
ALTER TABLE ledger.task SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

-- at most one unfinished task for an image: plan-chunk
CREATE UNIQUE INDEX task_unfinished ON ledger.task (category, value, style)
  WHERE state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED', 'UNCONFIRMED');
-- the next planned images of each run, however many others are planned: claim-planned
CREATE INDEX task_to_submit ON ledger.task (run_id, model, submit_after, position) WHERE state = 'PLANNED';
-- claim-due
CREATE INDEX task_to_collect ON ledger.task (next_poll_at) WHERE state = 'SUBMITTED';
-- recover-submitting
CREATE INDEX task_claimed ON ledger.task (lease_until) WHERE state = 'SUBMITTING';
-- recover-collecting
CREATE INDEX task_collecting ON ledger.task (lease_until) WHERE state = 'SUBMITTED' AND lease_until IS NOT NULL;
-- resolve-unconfirmed
CREATE INDEX task_in_doubt ON ledger.task (unconfirmed_at) WHERE state = 'UNCONFIRMED';
-- claim-obsolete
CREATE INDEX task_obsolete ON ledger.task (obsolete_after) WHERE obsolete_after IS NOT NULL;
-- replay-dead-letters
CREATE INDEX task_dead_letters ON ledger.task (category, value, style) WHERE state = 'FAILED';
-- complete-runs
CREATE INDEX task_by_run ON ledger.task (run_id, state);
-- the tasks of an image, newest first: plan-chunk
CREATE INDEX task_by_image ON ledger.task (category, value, style, position DESC);
-- select-tasks
CREATE INDEX task_newest ON ledger.task (position DESC);
-- planned images are not announced one by one, so that planning a million of them costs nothing here: select-changed-tasks
CREATE INDEX task_changed ON ledger.task (changed) WHERE attempts > 0 OR state <> 'PLANNED';
-- select-alerts
CREATE INDEX task_set_back ON ledger.task (error_reason)
  WHERE setbacks > 0 AND state IN ('PLANNED', 'SUBMITTING', 'SUBMITTED');
-- release-brake
CREATE INDEX task_stored ON ledger.task (finished_at, id) WHERE state = 'STORED';
-- remove-finished
CREATE INDEX task_dropped ON ledger.task (finished_at, id) WHERE state IN ('SKIPPED', 'CANCELLED');

-- Tasks of other runs that a run found planned or under way: it waits for them, and pays nothing for them.
CREATE TABLE ledger.run_join (
  run_id  uuid NOT NULL REFERENCES ledger.run ON DELETE CASCADE,
  task_id uuid NOT NULL REFERENCES ledger.task ON DELETE CASCADE,
  PRIMARY KEY (run_id, task_id)
);

-- remove-finished
CREATE INDEX run_join_task ON ledger.run_join (task_id);

-- A model of which a run submits nothing more, as every image would fail the same way, until somebody resumes it.
CREATE TABLE ledger.run_halt (
  run_id    uuid NOT NULL REFERENCES ledger.run ON DELETE CASCADE,
  model     text NOT NULL,
  reason    text NOT NULL,
  braked_at timestamptz,    -- by the brake then: a picture of the model that is stored lets it go on
  PRIMARY KEY (run_id, model)
);

-- Novita's limit of images per minute, for the whole account and across restarts: as many permits as images
-- per minute. A submit holds one until a minute after its answer, so no 60 seconds ever see more submits.
CREATE TABLE ledger.permit (
  model    text        NOT NULL,
  slot     int         NOT NULL,
  cooldown interval    NOT NULL,                     -- how long after an answer it is not given again
  free_at  timestamptz NOT NULL DEFAULT '-infinity',
  task_id  uuid,                                     -- the task whose submit holds it
  attempt  int,                                      -- and which submit of it, as a late answer frees no other one's permit

  PRIMARY KEY (model, slot),
  CHECK (slot > 0)
);

-- claim-planned
CREATE INDEX permit_free ON ledger.permit (model, free_at, slot);
-- record-accepted
CREATE INDEX permit_task ON ledger.permit (task_id) WHERE task_id IS NOT NULL;

-- What webhooks say of submits whose answer was lost, until Novita was asked whether it is true.
CREATE TABLE ledger.webhook_hint (
  task_id        uuid        NOT NULL REFERENCES ledger.task ON DELETE CASCADE,
  provider_task_id text        NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  due_at         timestamptz NOT NULL DEFAULT now(), -- when to ask
  PRIMARY KEY (task_id, provider_task_id)
);

-- claim-hints
CREATE INDEX webhook_hint_due ON ledger.webhook_hint (due_at);

-- The tokens in webhook URLs are made with this key: gen_random_uuid() has 122 random bits from a strong source.
CREATE TABLE ledger.webhook_key (
  single boolean PRIMARY KEY DEFAULT true,
  key    text    NOT NULL DEFAULT gen_random_uuid()::text || gen_random_uuid()::text,

  CHECK (single)
);
INSERT INTO ledger.webhook_key DEFAULT VALUES;

-- Answers to submits that were lost since the last one that came, and paid pictures that could not be stored since the last
-- one that could.
CREATE TABLE ledger.brake_cause (
  kind     text        NOT NULL,
  model    text        NOT NULL, -- of the task: the answers of each are counted by themselves
  task_id  uuid        NOT NULL,
  attempt  int         NOT NULL, -- which submit of the task was lost; 0 for a picture, which counts once
  noted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (kind, task_id, attempt),

  CHECK (kind IN ('ANSWER', 'GATEWAY', 'UNREADABLE', 'PICTURE', 'STORE'))
);

-- Work that was handed out to a message broker: a mark for each message that is waited for. The marks only keep the same
-- work from being handed out again and again; the ledger alone decides who does it, so that losing them costs nothing and
-- they need not survive a crash of the database.
CREATE UNLOGGED TABLE ledger.handed_task (
  task_id uuid        NOT NULL,
  step    text        NOT NULL,
  until   timestamptz NOT NULL, -- the message is waited for; after that, another one is sent
  PRIMARY KEY (step, task_id),

  CHECK (step IN ('submit', 'collect'))
);

-- Objects are looked for by their keys, also where an earlier script wrote no more than a URL. A URL whose key would have
-- to be unescaped names none: what it points to is left alone.
CREATE FUNCTION ledger.object_of_url(url text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN url NOT LIKE '%\%%' THEN substring(url FROM '/storage/v1/object/public/([^?#]+)') END;
COMMENT ON FUNCTION ledger.object_of_url IS 'bucket/key of an object in Supabase Storage, by its public URL';

-- claim-obsolete
CREATE INDEX attribute_images_adopted ON public.attribute_images (ledger.object_of_url(image_url)) WHERE object_key IS NULL;
