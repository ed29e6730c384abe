-- The catalogue as rows, so that planning is one comparison of two tables, and so that what is missing is known without
-- a count. Each program writes its catalogue here at its start, unless it stands here already; a catalogue is named by
-- the digest of its images, and instances with different ones do not disturb each other.

CREATE TABLE catalogue (
  id       int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest   text        NOT NULL UNIQUE,
  source   text        NOT NULL,
  compared boolean     NOT NULL DEFAULT false,
  used_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN catalogue.compared IS 'its images have been compared with the pictures that are in place; triggers keep it so';
COMMENT ON COLUMN catalogue.used_at IS 'a program that uses it was running then';

-- The images of one category in one style, which stand one after the other.
CREATE TABLE catalogue_group (
  catalogue_id int         NOT NULL REFERENCES catalogue ON DELETE CASCADE,
  first        bigint      NOT NULL,
  category     varchar(50) NOT NULL,
  style        varchar(20) NOT NULL,
  required     bigint      NOT NULL,
  stored       bigint      NOT NULL DEFAULT 0,
  PRIMARY KEY (catalogue_id, category, style)
);
COMMENT ON COLUMN catalogue_group.first IS 'the position of its first image';
COMMENT ON COLUMN catalogue_group.stored IS 'how many are in place, without what stands in catalogue_delta';

CREATE TABLE catalogue_image (
  catalogue_id int          NOT NULL REFERENCES catalogue ON DELETE CASCADE,
  position     bigint       NOT NULL,
  category     varchar(50)  NOT NULL,
  value        varchar(100) NOT NULL,
  style        varchar(20)  NOT NULL,
  prompt       text         NOT NULL,
  stored       boolean      NOT NULL,
  PRIMARY KEY (catalogue_id, position)
);
COMMENT ON COLUMN catalogue_image.stored IS 'its picture is in place';
CREATE UNIQUE INDEX catalogue_image_by_name ON catalogue_image (value, category, style, catalogue_id);
CREATE INDEX catalogue_image_missing ON catalogue_image (catalogue_id, position) WHERE NOT stored;

-- What is still to be added to the number of stored images. Who stores pictures only ever adds rows, so that nobody waits
-- for another; they are folded into the groups each second.
CREATE TABLE catalogue_delta (
  catalogue_id int         NOT NULL,
  category     varchar(50) NOT NULL,
  style        varchar(20) NOT NULL,
  stored       bigint      NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Pictures have come, gone or been renamed, whoever did it: the catalogues that have them take note.
CREATE FUNCTION catalogue_note_images() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM changed) THEN
    RETURN NULL; -- an insert that may update fires the triggers of both
  END IF;
  WITH noted AS (
    UPDATE catalogue_image i SET stored = NOT i.stored
    FROM changed c
    WHERE i.category = c.category AND i.value = c.value AND i.style = c.style
      AND i.stored <> EXISTS (SELECT FROM attribute_images a
                              WHERE a.category = i.category AND a.value = i.value AND a.style = i.style)
    RETURNING i.catalogue_id, i.category, i.style, i.stored
  )
  INSERT INTO catalogue_delta (catalogue_id, category, style, stored)
  SELECT catalogue_id, category, style, sum(CASE WHEN stored THEN 1 ELSE -1 END) FROM noted GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;

CREATE FUNCTION catalogue_note_covers() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM changed) THEN
    RETURN NULL; -- an insert that may update fires the triggers of both
  END IF;
  WITH noted AS (
    UPDATE catalogue_image i SET stored = NOT i.stored
    FROM changed c
    WHERE i.category = 'style' AND i.value = 'cover' AND i.style = c.style
      AND i.stored <> EXISTS (SELECT FROM style_images s WHERE s.style = i.style AND NOT s.placeholder)
    RETURNING i.catalogue_id, i.category, i.style, i.stored
  )
  INSERT INTO catalogue_delta (catalogue_id, category, style, stored)
  SELECT catalogue_id, category, style, sum(CASE WHEN stored THEN 1 ELSE -1 END) FROM noted GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;

CREATE FUNCTION catalogue_note_truncation() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  WITH noted AS (
    UPDATE catalogue_image SET stored = false
    WHERE stored AND (category = 'style' AND value = 'cover') = (TG_TABLE_NAME = 'style_images')
    RETURNING catalogue_id, category, style
  )
  INSERT INTO catalogue_delta (catalogue_id, category, style, stored)
  SELECT catalogue_id, category, style, -count(*) FROM noted GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;

DO $$
DECLARE
  pictures text;
  note     text;
BEGIN
  FOR pictures, note IN VALUES ('attribute_images', 'catalogue_note_images'), ('style_images', 'catalogue_note_covers') LOOP
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS changed
                    FOR EACH STATEMENT EXECUTE FUNCTION %I()', pictures || '_come', pictures, note);
    EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS changed
                    FOR EACH STATEMENT EXECUTE FUNCTION %I()', pictures || '_gone', pictures, note);
    EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING OLD TABLE AS changed
                    FOR EACH STATEMENT EXECUTE FUNCTION %I()', pictures || '_were', pictures, note);
    EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed
                    FOR EACH STATEMENT EXECUTE FUNCTION %I()', pictures || '_are', pictures, note);
    EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION catalogue_note_truncation()', pictures || '_emptied', pictures);
  END LOOP;
END $$;

-- Whoever may write pictures need not be able to write the catalogue: the functions do so for their owner, and look for
-- tables in this schema alone. One image is stored at a time: however large the catalogue is, it is found by its index.
DO $$
DECLARE
  note text;
BEGIN
  FOREACH note IN ARRAY ARRAY['catalogue_note_images', 'catalogue_note_covers', 'catalogue_note_truncation'] LOOP
    EXECUTE format('ALTER FUNCTION %I() SET search_path = %I, pg_temp', note, current_schema());
    EXECUTE format('ALTER FUNCTION %I() SET enable_seqscan = off', note);
    EXECUTE format('ALTER FUNCTION %I() SET enable_hashjoin = off', note);
    EXECUTE format('ALTER FUNCTION %I() SET enable_mergejoin = off', note);
  END LOOP;
END $$;

REVOKE ALL ON FUNCTION catalogue_note_images(), catalogue_note_covers(), catalogue_note_truncation() FROM PUBLIC;

ALTER TABLE catalogue        ENABLE ROW LEVEL SECURITY;
ALTER TABLE catalogue_group  ENABLE ROW LEVEL SECURITY;
ALTER TABLE catalogue_image  ENABLE ROW LEVEL SECURITY;
ALTER TABLE catalogue_delta ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE
  web_role text;
BEGIN
  FOR web_role IN SELECT rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated') LOOP
    EXECUTE format('REVOKE ALL ON catalogue, catalogue_group, catalogue_image, catalogue_delta FROM %I', web_role);
  END LOOP;
END $$;
