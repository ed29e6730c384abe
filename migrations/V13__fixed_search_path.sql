-- No function looks for a name where another role may have put one: an operator that fits a varchar exactly would be taken
-- from any schema of the path, and run with the rights of the function's owner. pg_temp comes last, where it would
-- otherwise come first. No function does anything for a table that is not its own, and none plans a statement on a
-- transition table before it knows: another table may have given it a view of that name.
-- This is no repeatable migration, because an older version that starts again beside this one refuses one that it does not
-- know.

CREATE OR REPLACE FUNCTION catalogue_note_images() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  -- one image is stored at a time: however large the catalogue is, it is found by its index
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  IF TG_RELID <> '"${flyway:defaultSchema}".attribute_images'::regclass THEN
    RETURN NULL;
  END IF;
  IF NOT EXISTS (SELECT FROM changed) THEN
    RETURN NULL; -- an insert that may update fires the triggers of both
  END IF;
  WITH noted AS (
    UPDATE "${flyway:defaultSchema}".catalogue_image i SET stored = NOT i.stored
    FROM changed c
    WHERE i.category = c.category AND i.value = c.value AND i.style = c.style
      AND NOT (i.category = 'style' AND i.value = 'cover')
      AND i.stored <> EXISTS (SELECT FROM "${flyway:defaultSchema}".attribute_images a
                              WHERE a.category = i.category AND a.value = i.value AND a.style = i.style)
    RETURNING i.catalogue_id, i.category, i.style, i.stored
  )
  INSERT INTO "${flyway:defaultSchema}".catalogue_delta (catalogue_id, category, style, stored)
  SELECT catalogue_id, category, style, sum(CASE WHEN stored THEN 1 ELSE -1 END) FROM noted GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION catalogue_note_covers() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  IF TG_RELID <> '"${flyway:defaultSchema}".style_images'::regclass THEN
    RETURN NULL;
  END IF;
  IF NOT EXISTS (SELECT FROM changed) THEN
    RETURN NULL;
  END IF;
  WITH noted AS (
    UPDATE "${flyway:defaultSchema}".catalogue_image i SET stored = NOT i.stored
    FROM changed c
    WHERE i.category = 'style' AND i.value = 'cover' AND i.style = c.style
      AND i.stored <> EXISTS (SELECT FROM "${flyway:defaultSchema}".style_images s
                              WHERE s.style = i.style AND NOT s.placeholder)
    RETURNING i.catalogue_id, i.category, i.style, i.stored
  )
  INSERT INTO "${flyway:defaultSchema}".catalogue_delta (catalogue_id, category, style, stored)
  SELECT catalogue_id, category, style, sum(CASE WHEN stored THEN 1 ELSE -1 END) FROM noted GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION catalogue_note_truncation() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  IF TG_RELID NOT IN ('"${flyway:defaultSchema}".attribute_images'::regclass, '"${flyway:defaultSchema}".style_images'::regclass) THEN
    RETURN NULL;
  END IF;
  WITH noted AS (
    UPDATE "${flyway:defaultSchema}".catalogue_image SET stored = false
    WHERE stored AND (category = 'style' AND value = 'cover') = (TG_TABLE_NAME = 'style_images')
    RETURNING catalogue_id, category, style
  )
  INSERT INTO "${flyway:defaultSchema}".catalogue_delta (catalogue_id, category, style, stored)
  SELECT catalogue_id, category, style, -count(*) FROM noted GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION generation_task_announce() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_RELID <> '"${flyway:defaultSchema}".generation_task'::regclass THEN
    RETURN NULL;
  END IF;
  INSERT INTO "${flyway:defaultSchema}".image_event (event, image) VALUES (NEW.state, jsonb_build_object(
    'category', NEW.category, 'value', NEW.value, 'style', NEW.style,
    'imageUrl', NEW.image_url, 'objectKey', NEW.object_key, 'taskId', NEW.id, 'runId', NEW.run_id,
    'costUsd', NEW.cost_usd,
    'error', CASE WHEN NEW.state = 'FAILED'
                  THEN jsonb_build_object('reason', NEW.error_reason, 'status', NEW.error_status, 'message', NEW.error_message) END));
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION generation_task_count_new() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_RELID <> '"${flyway:defaultSchema}".generation_task'::regclass THEN
    RETURN NULL;
  END IF;
  INSERT INTO "${flyway:defaultSchema}".generation_count_delta
  SELECT run_id, state, count(*), count(submitted_at), sum(cost_usd), sum(possible_cost_usd),
         count(collecting_since) FILTER (WHERE state = 'STORED'),
         coalesce(sum(extract(epoch FROM finished_at - collecting_since)) FILTER (WHERE state = 'STORED'), 0)
  FROM added
  GROUP BY run_id, state;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION generation_task_count_change() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_RELID <> '"${flyway:defaultSchema}".generation_task'::regclass THEN
    RETURN NULL;
  END IF;
  INSERT INTO "${flyway:defaultSchema}".generation_count_delta
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

CREATE OR REPLACE FUNCTION generation_run_join_count() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_RELID <> '"${flyway:defaultSchema}".generation_run_join'::regclass THEN
    RETURN NULL;
  END IF;
  INSERT INTO "${flyway:defaultSchema}".generation_count_delta
  SELECT run_id, 'JOINED', CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END, 0, 0, 0, 0, 0
  FROM changed
  WHERE TG_OP = 'INSERT' OR EXISTS (SELECT FROM "${flyway:defaultSchema}".generation_task t WHERE t.id = task_id)
  GROUP BY run_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION generation_task_count_none() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_RELID <> '"${flyway:defaultSchema}".generation_task'::regclass THEN
    RETURN NULL;
  END IF;
  -- waits for whoever is folding, and for no reader
  LOCK TABLE "${flyway:defaultSchema}".generation_count_delta IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM "${flyway:defaultSchema}".generation_count_delta;
  DELETE FROM "${flyway:defaultSchema}".generation_count;
  DELETE FROM "${flyway:defaultSchema}".generation_total;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION generation_task_count_gone() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_RELID <> '"${flyway:defaultSchema}".generation_task'::regclass THEN
    RETURN NULL;
  END IF;
  INSERT INTO "${flyway:defaultSchema}".generation_count_delta
  SELECT run_id, state, -count(*), 0, 0, 0, 0, 0
  FROM gone
  WHERE state NOT IN ('STORED', 'SKIPPED', 'CANCELLED')
  GROUP BY run_id, state;
  RETURN NULL;
END $$;
