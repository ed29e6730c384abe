-- Control: budgets that no program can exceed, runs that join what others have planned, webhooks that are checked
-- without the database and believed only after Novita was asked, and a bound on how often a picture may interrupt us.

ALTER TABLE generation_run
  ADD COLUMN committed_usd numeric(12, 4) NOT NULL DEFAULT 0,
  ADD COLUMN beyond_budget int NOT NULL DEFAULT 0,
  ADD COLUMN notice        text,
  ADD COLUMN plan_token    uuid;
COMMENT ON COLUMN generation_run.committed_usd IS 'what the run has paid, may have paid, and is still going to pay';
COMMENT ON COLUMN generation_run.beyond_budget IS 'how many images its budget left out';
COMMENT ON COLUMN generation_run.plan_token IS 'tells the planner that may go on from one that may not';
COMMENT ON COLUMN generation_run.notice IS 'what the planner has to say: of the budget, of the balance at Novita';

-- What unfinished runs may still pay is not known here: all of their budget counts.
UPDATE generation_run r
SET committed_usd = CASE
  WHEN state NOT IN ('COMPLETED', 'CANCELLED') AND max_cost_usd IS NOT NULL THEN max_cost_usd
  ELSE least(max_cost_usd, (SELECT coalesce(sum(cost_usd + possible_cost_usd), 0) FROM generation_task t WHERE t.run_id = r.id))
END;
ALTER TABLE generation_run
  ADD CONSTRAINT generation_run_within_budget CHECK (committed_usd <= max_cost_usd);

-- Tasks of other runs that a run found planned or under way: it waits for them, and pays nothing for them.
CREATE TABLE generation_run_join (
  run_id  uuid NOT NULL REFERENCES generation_run ON DELETE CASCADE,
  task_id uuid NOT NULL REFERENCES generation_task ON DELETE CASCADE,
  PRIMARY KEY (run_id, task_id)
);
CREATE INDEX generation_run_join_task ON generation_run_join (task_id);

-- What webhooks say of submits whose answer was lost, until Novita was asked whether it is true.
CREATE TABLE webhook_hint (
  task_id        uuid        NOT NULL REFERENCES generation_task ON DELETE CASCADE,
  novita_task_id text        NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  due_at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (task_id, novita_task_id)
);
CREATE INDEX webhook_hint_due ON webhook_hint (due_at);

-- The tokens in webhook URLs are made with this key: gen_random_uuid() has 122 random bits from a strong source.
CREATE TABLE webhook_key (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  key    text NOT NULL DEFAULT gen_random_uuid()::text || gen_random_uuid()::text
);
INSERT INTO webhook_key DEFAULT VALUES;

ALTER TABLE generation_task
  DROP COLUMN webhook_token,
  ADD COLUMN interruptions int NOT NULL DEFAULT 0 CHECK (interruptions >= 0);
COMMENT ON COLUMN generation_task.interruptions IS 'how many instances in a row stopped while they fetched the picture';
CREATE INDEX generation_task_collecting ON generation_task (lease_until)
  WHERE state = 'SUBMITTED' AND lease_until IS NOT NULL;

ALTER TABLE generation_run_join ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_hint        ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_key         ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE
  web_role text;
BEGIN
  FOR web_role IN SELECT rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated') LOOP
    EXECUTE format('REVOKE ALL ON generation_run_join, webhook_hint, webhook_key FROM %I', web_role);
  END LOOP;
END $$;
