-- Work that was handed out to a message broker: a mark for each message that is waited for. The marks only keep the same
-- work from being handed out again and again; the ledger alone decides who does it, so that losing them costs nothing and
-- they need not survive a crash of the database.

CREATE UNLOGGED TABLE handed_task (
  task_id uuid        NOT NULL,
  step    text        NOT NULL CHECK (step IN ('submit', 'collect')),
  until   timestamptz NOT NULL,
  PRIMARY KEY (step, task_id)
);
COMMENT ON COLUMN handed_task.until IS 'the message is waited for until then; after that, another one is sent';

ALTER TABLE handed_task ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE
  web_role text;
BEGIN
  FOR web_role IN SELECT rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated') LOOP
    EXECUTE format('REVOKE ALL ON handed_task FROM %I', web_role);
  END LOOP;
END $$;
