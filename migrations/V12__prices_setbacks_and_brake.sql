-- What an image costs stands with it; what goes wrong again and again is known to the ledger, for how long and how often.

ALTER TABLE generation_task
  ADD COLUMN price_usd     numeric(12, 4),
  ADD COLUMN lost_answers  int NOT NULL DEFAULT 0 CHECK (lost_answers >= 0),
  ADD COLUMN setback_since timestamptz;
COMMENT ON COLUMN generation_task.price_usd IS 'what a submit of it costs, and what its run has committed for the next one';
COMMENT ON COLUMN generation_task.lost_answers IS 'how many submits may have been paid for without an answer: possible_cost_usd is what they cost';
COMMENT ON COLUMN generation_task.setback_since IS 'the first of its setbacks in a row; null while it has none';
COMMENT ON COLUMN generation_task.object_key IS 'key of its picture in the bucket, from the moment on at which it may be there';
-- what is there was planned at a price that stands in the settings: sql/fill-prices.sql; an older version plans without one
ALTER TABLE generation_task ALTER COLUMN price_usd SET DEFAULT 0.015;

CREATE FUNCTION generation_task_setback() RETURNS trigger
  LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  NEW.setback_since := CASE
    WHEN NEW.setbacks = 0 THEN NULL
    -- nobody has tried it for an hour although it was due: the pause was the program's
    WHEN CASE OLD.state WHEN 'SUBMITTED' THEN OLD.next_poll_at ELSE OLD.submit_after END < pg_catalog.now() - interval '1 hour'
      THEN pg_catalog.now()
    ELSE coalesce(OLD.setback_since, pg_catalog.now()) END;
  RETURN NEW;
END $$;

CREATE TRIGGER generation_task_setback BEFORE UPDATE OF setbacks ON generation_task
  FOR EACH ROW WHEN (OLD.setbacks IS DISTINCT FROM NEW.setbacks)
  EXECUTE FUNCTION generation_task_setback();

-- A permit is held by one submit, not by its image: a late answer frees no other one's.
ALTER TABLE submit_permit ADD COLUMN attempt int;
COMMENT ON COLUMN submit_permit.attempt IS 'which submit of the task holds it: generation_task.attempts when it was claimed';

-- A plan that is interrupted goes on where it was.
ALTER TABLE generation_run
  ADD COLUMN plan_position bigint NOT NULL DEFAULT 0,
  ADD COLUMN braked_at     timestamptz;
COMMENT ON COLUMN generation_run.plan_position IS 'what stands before it in the catalogue is planned';
COMMENT ON COLUMN generation_run.braked_at IS 'halted by the brake then, and not by what a person has to mend first';

CREATE TABLE brake_cause (
  kind     text        NOT NULL CHECK (kind IN ('ANSWER', 'GATEWAY', 'PICTURE')),
  task_id  uuid        NOT NULL,
  attempt  int         NOT NULL,
  noted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (kind, task_id, attempt)
);
COMMENT ON TABLE brake_cause IS
  'answers to submits that were lost since the last one that came, and paid pictures that could not be stored since the last one that could';

-- Objects are looked for by their keys, also where an earlier script wrote no more than a URL. A URL whose key would have
-- to be unescaped names none: what it points to is left alone.
CREATE FUNCTION object_of_url(url text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE WHEN url NOT LIKE '%\%%' THEN substring(url FROM '/storage/v1/object/public/([^?#]+)') END;
COMMENT ON FUNCTION object_of_url IS 'bucket/key of an object in Supabase Storage, by its public URL';
CREATE INDEX attribute_images_object ON attribute_images (object_key);
CREATE INDEX attribute_images_adopted ON attribute_images (object_of_url(image_url)) WHERE object_key IS NULL;

ALTER TABLE brake_cause ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE
  web_role text;
BEGIN
  FOR web_role IN SELECT rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated') LOOP
    EXECUTE format('REVOKE ALL ON brake_cause FROM %I', web_role);
  END LOOP;
END $$;
