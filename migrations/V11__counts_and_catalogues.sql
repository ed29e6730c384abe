-- Counts, catalogues and runs stay right whatever somebody else does to the tables.

-- A run is planned by an instance with the catalogue and the settings of the one that took it on, as long as there is one:
-- while a new version replaces an old one, both are at work.
ALTER TABLE generation_run ADD COLUMN plan uuid;
COMMENT ON COLUMN generation_run.plan IS 'a digest of what the images of the run are made from; null for runs of before';
COMMENT ON COLUMN generation_run.plan_lease_until IS 'until then its planner is at work; or since when it is to be planned again';

-- A run of very many images is cancelled in pieces. What an instance that stopped leaves undone another one finishes.
ALTER TABLE generation_run ADD COLUMN cancelling_at timestamptz;
COMMENT ON COLUMN generation_run.cancelling_at IS 'a sign of life of who cancels it, until all of it is cancelled';
CREATE INDEX generation_run_cancelling ON generation_run (cancelling_at) WHERE cancelling_at IS NOT NULL;

-- Whatever takes the run out of the pause ends its cancellation; an older version does so without a look at it.
CREATE FUNCTION generation_run_goes_on() RETURNS trigger
  LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  NEW.cancelling_at := NULL;
  RETURN NEW;
END $$;

CREATE TRIGGER generation_run_goes_on BEFORE UPDATE ON generation_run
  FOR EACH ROW WHEN (NEW.cancelling_at IS NOT NULL AND NEW.state <> 'PAUSED')
  EXECUTE FUNCTION generation_run_goes_on();

-- Nobody looks at all runs that were ever cancelled any more.
DROP INDEX generation_run_cancelled;

-- What is deleted as it ended long ago stays counted. Anything else that somebody deletes has not been made, or is no dead
-- letter any more; what was paid for it stays paid.
CREATE FUNCTION generation_task_count_gone() RETURNS trigger
  LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO generation_count_delta
  SELECT run_id, state, -count(*), 0, 0, 0, 0, 0
  FROM gone
  WHERE state NOT IN ('STORED', 'SKIPPED', 'CANCELLED')
  GROUP BY run_id, state;
  RETURN NULL;
END $$;

CREATE TRIGGER generation_task_count_gone AFTER DELETE ON generation_task
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION generation_task_count_gone();

-- The cover of a style is in style_images, whatever attribute_images may have under that name.
CREATE OR REPLACE VIEW stored_image AS
  SELECT category, value, style, image_url, object_key FROM attribute_images
  WHERE NOT (category = 'style' AND value = 'cover')
  UNION ALL
  SELECT 'style', 'cover', style, image_url, object_key FROM style_images WHERE NOT placeholder;

CREATE OR REPLACE FUNCTION catalogue_note_images() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM changed) THEN
    RETURN NULL; -- an insert that may update fires the triggers of both
  END IF;
  WITH noted AS (
    UPDATE catalogue_image i SET stored = NOT i.stored
    FROM changed c
    WHERE i.category = c.category AND i.value = c.value AND i.style = c.style
      AND NOT (i.category = 'style' AND i.value = 'cover')
      AND i.stored <> EXISTS (SELECT FROM attribute_images a
                              WHERE a.category = i.category AND a.value = i.value AND a.style = i.style)
    RETURNING i.catalogue_id, i.category, i.style, i.stored
  )
  INSERT INTO catalogue_delta (catalogue_id, category, style, stored)
  SELECT catalogue_id, category, style, sum(CASE WHEN stored THEN 1 ELSE -1 END) FROM noted GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;

-- A function that is replaced loses its settings.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION catalogue_note_images() SET search_path = %I, pg_temp', current_schema());
  ALTER FUNCTION catalogue_note_images() SET enable_seqscan = off;
  ALTER FUNCTION catalogue_note_images() SET enable_hashjoin = off;
  ALTER FUNCTION catalogue_note_images() SET enable_mergejoin = off;
END $$;
