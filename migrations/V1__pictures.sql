-- The two tables that other applications read. Installations that the earlier scripts served already have
-- them, in several shapes: they are adopted as they are, no row is lost, and only what is missing is added.
-- Nothing here needs the schema ledger, so that they live on without it.

SET LOCAL client_min_messages = warning;

CREATE TABLE IF NOT EXISTS public.attribute_images (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  category    varchar(50)  NOT NULL,
  value       varchar(100) NOT NULL,
  style       varchar(20)  NOT NULL,
  image_url   text         NOT NULL,
  seed        bigint,
  width       int,
  height      int,
  prompt      text,
  created_at  timestamptz  NOT NULL DEFAULT now(),
  updated_at  timestamptz  NOT NULL DEFAULT now(),
  CONSTRAINT attribute_images_category_value_style_key UNIQUE (category, value, style)
);

CREATE TABLE IF NOT EXISTS public.style_images (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  style       varchar(20)  NOT NULL,
  image_url   text         NOT NULL,
  title       varchar(100),
  description text,
  created_at  timestamptz  NOT NULL DEFAULT now(),
  updated_at  timestamptz  NOT NULL DEFAULT now(),
  CONSTRAINT style_images_style_key UNIQUE (style)
);

ALTER TABLE public.attribute_images
  ADD COLUMN IF NOT EXISTS id         uuid NOT NULL DEFAULT gen_random_uuid(),
  ADD COLUMN IF NOT EXISTS seed       bigint,
  ADD COLUMN IF NOT EXISTS width      int,
  ADD COLUMN IF NOT EXISTS height     int,
  ADD COLUMN IF NOT EXISTS prompt     text,
  ADD COLUMN IF NOT EXISTS object_key text,
  ADD COLUMN IF NOT EXISTS created_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN IF NOT EXISTS updated_at timestamptz NOT NULL DEFAULT now();

ALTER TABLE public.style_images
  ADD COLUMN IF NOT EXISTS id          uuid NOT NULL DEFAULT gen_random_uuid(),
  ADD COLUMN IF NOT EXISTS title       varchar(100),
  ADD COLUMN IF NOT EXISTS description text,
  ADD COLUMN IF NOT EXISTS object_key  text,
  ADD COLUMN IF NOT EXISTS created_at  timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN IF NOT EXISTS updated_at  timestamptz NOT NULL DEFAULT now();

COMMENT ON COLUMN public.attribute_images.object_key IS 'key of the picture in the bucket; null where an earlier script stored it';
COMMENT ON COLUMN public.style_images.object_key IS 'key of the picture in the bucket; null where an earlier script stored it';

DO $$
DECLARE
  relation   regclass;
  given      record;
  columns    text[];
  key_list   text;
  duplicates text;
BEGIN
  SELECT attrelid::regclass AS relation INTO given FROM pg_attribute
  WHERE attrelid IN ('public.attribute_images'::regclass, 'public.style_images'::regclass)
    AND attname = 'placeholder' AND attgenerated = '' AND NOT attisdropped;
  IF FOUND THEN
    RAISE EXCEPTION 'the column placeholder of % has another meaning here; run: ALTER TABLE % RENAME COLUMN placeholder TO …, then start again: no row was changed',
      given.relation, given.relation;
  END IF;

  -- Policies of an adopted table may let anyone write, or hide rows, and keep columns as they are.
  FOR given IN SELECT tablename, policyname FROM pg_policies
               WHERE schemaname = 'public' AND tablename IN ('attribute_images', 'style_images') LOOP
    RAISE NOTICE 'policy "%" of % is replaced', given.policyname, given.tablename;
    EXECUTE format('DROP POLICY %I ON public.%I', given.policyname, given.tablename);
  END LOOP;

  -- What a column cannot hold of our rows, it is made to hold: names that are enumerated, texts that are short, seeds beyond
  -- 32 bits.
  FOR given IN
    SELECT a.attrelid::regclass AS relation, quote_ident(a.attname) AS name, format_type(a.atttypid, a.atttypmod) AS type, n.type AS needed,
           pg_get_expr(d.adbin, d.adrelid) AS preset
    FROM (VALUES ('attribute_images', 'category', 'varchar(50)'), ('attribute_images', 'value', 'varchar(100)'),
                 ('attribute_images', 'style', 'varchar(20)'),    ('attribute_images', 'image_url', 'text'),
                 ('attribute_images', 'seed', 'bigint'),          ('attribute_images', 'width', 'int'),
                 ('attribute_images', 'height', 'int'),           ('attribute_images', 'prompt', 'text'),
                 ('attribute_images', 'object_key', 'text'),
                 ('style_images', 'style', 'varchar(20)'),        ('style_images', 'image_url', 'text'),
                 ('style_images', 'title', 'varchar(100)'),       ('style_images', 'description', 'text'),
                 ('style_images', 'object_key', 'text')) n (relation, name, type)
    JOIN pg_attribute a ON a.attrelid = ('public.' || n.relation)::regclass AND a.attname = n.name
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE NOT CASE
      WHEN n.type = 'int' THEN a.atttypid IN ('int'::regtype, 'bigint'::regtype, 'numeric'::regtype)
      WHEN n.type = 'bigint' THEN a.atttypid = 'bigint'::regtype
      ELSE a.atttypid = 'text'::regtype
        OR a.atttypid = 'varchar'::regtype
           AND (a.atttypmod = -1 OR a.atttypmod - 4 >= coalesce(substring(n.type FROM '[0-9]+')::int, 2048)) END
  LOOP
    BEGIN
      EXECUTE format('ALTER TABLE %1$s ALTER COLUMN %2$s DROP DEFAULT, ALTER COLUMN %2$s TYPE %3$s USING %2$s::%4$s%3$s',
        given.relation, given.name, given.needed, CASE WHEN given.needed IN ('int', 'bigint') THEN '' ELSE 'text::' END);
      IF given.preset IS NOT NULL THEN
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %s SET DEFAULT (%s)::text::%s', given.relation, given.name, given.preset, given.needed);
      END IF;
    EXCEPTION WHEN OTHERS THEN
      RAISE EXCEPTION 'column % of % is %, and cannot be made % (%); change it by hand, then start again: no row was changed',
        given.name, given.relation, given.type, given.needed, SQLERRM;
    END;
  END LOOP;

  FOREACH relation IN ARRAY ARRAY['public.attribute_images'::regclass, 'public.style_images'::regclass] LOOP
    -- Rows are inserted without an id and times: an adopted table may lack the defaults.
    SELECT atttypid, attnotnull INTO given FROM pg_attribute
    WHERE attrelid = relation AND attname = 'id' AND NOT atthasdef AND attidentity = '';
    IF given.atttypid = 'uuid'::regtype THEN
      EXECUTE format('ALTER TABLE %s ALTER COLUMN id SET DEFAULT gen_random_uuid()', relation);
    ELSIF given.atttypid IN ('text'::regtype, 'varchar'::regtype) THEN
      EXECUTE format('ALTER TABLE %s ALTER COLUMN id SET DEFAULT gen_random_uuid()::text', relation);
    ELSIF given.atttypid IN ('int'::regtype, 'bigint'::regtype) AND given.attnotnull THEN
      EXECUTE format('ALTER TABLE %s ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY', relation);
      EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, ''id''), coalesce(max(id), 0) + 1, false) FROM %s', relation, relation);
    END IF;
    EXECUTE format('ALTER TABLE %s ALTER COLUMN created_at SET DEFAULT now(),
                                   ALTER COLUMN updated_at SET DEFAULT now()', relation);

    -- A publication of all tables refuses updates and deletes where it cannot name the row.
    IF EXISTS (SELECT FROM pg_class WHERE oid = relation AND relreplident = 'd')
       AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = relation AND indisprimary) THEN
      EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', relation);
    END IF;
  END LOOP;

  -- One row per image is what keeps an image from being stored twice.
  FOR relation, columns IN
    VALUES ('public.attribute_images'::regclass, ARRAY['category', 'value', 'style']),
           ('public.style_images'::regclass, ARRAY['style'])
  LOOP
    IF NOT EXISTS (
      SELECT FROM pg_index i
      WHERE i.indrelid = relation AND i.indisunique AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
        AND (SELECT array_agg(a.attname::text ORDER BY a.attname)
             FROM pg_attribute a
             WHERE a.attrelid = relation AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1]))
            = (SELECT array_agg(c ORDER BY c) FROM unnest(columns) c)) THEN
      key_list := array_to_string(columns, ', ');
      EXECUTE format(
        'SELECT string_agg(k, ''; '') FROM (SELECT concat_ws(''/'', %s) AS k FROM %s GROUP BY %s HAVING count(*) > 1 LIMIT 10) d',
        key_list, relation, key_list) INTO duplicates;
      IF duplicates IS NOT NULL THEN
        RAISE EXCEPTION 'table % has several rows for %', relation, duplicates
          USING HINT = format('Keep one row for each (%s), then start again: no row was changed.', key_list);
      END IF;
      EXECUTE format('ALTER TABLE %s ADD UNIQUE (%s)', relation, key_list);
    END IF;
  END LOOP;
END $$;

-- A row may be there before its picture: without an address that can be opened, or with one that only keeps its place. The
-- earlier scripts' covers are all in Supabase Storage.
ALTER TABLE public.attribute_images
  ADD COLUMN IF NOT EXISTS placeholder boolean NOT NULL GENERATED ALWAYS AS (
    coalesce(image_url, '') !~* '^((https?:)?//[^/[:space:]]+/|data:)[^[:space:]]'
    OR object_key IS NULL AND image_url ~* 'placeholder') STORED;

ALTER TABLE public.style_images
  ADD COLUMN IF NOT EXISTS placeholder boolean NOT NULL GENERATED ALWAYS AS (
    coalesce(image_url, '') !~* '^((https?:)?//[^/[:space:]]+/|data:)[^[:space:]]'
    OR object_key IS NULL AND (image_url !~ '/storage/v1/object/public/' OR image_url ~* 'placeholder')) STORED;

COMMENT ON COLUMN public.attribute_images.placeholder IS 'the picture is still to be made';
COMMENT ON COLUMN public.style_images.placeholder IS 'the cover is still to be made';

-- what points to an object in the bucket: claim-obsolete
CREATE INDEX IF NOT EXISTS attribute_images_object ON public.attribute_images (object_key);

CREATE OR REPLACE FUNCTION public.attribute_images_touch() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER attribute_images_touch BEFORE UPDATE ON public.attribute_images
  FOR EACH ROW EXECUTE FUNCTION public.attribute_images_touch();

CREATE OR REPLACE TRIGGER style_images_touch BEFORE UPDATE ON public.style_images
  FOR EACH ROW EXECUTE FUNCTION public.attribute_images_touch();

-- Supabase exposes the schema public to its roles anon and authenticated. Anyone may read the pictures; nobody but the
-- owner and service_role, which bypasses these policies, may write them. A plain Postgres has none of those roles.
ALTER TABLE public.attribute_images ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.style_images     ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.attribute_images NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public.style_images     NO FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
  web_role text;
BEGIN
  CREATE POLICY attribute_images_read ON public.attribute_images FOR SELECT USING (true);
  CREATE POLICY style_images_read     ON public.style_images     FOR SELECT USING (true);

  REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON public.attribute_images, public.style_images FROM PUBLIC;
  FOR web_role IN SELECT rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated') LOOP
    EXECUTE format('REVOKE ALL ON public.attribute_images, public.style_images FROM %I', web_role);
    EXECUTE format('GRANT SELECT ON public.attribute_images, public.style_images TO %I', web_role);
  END LOOP;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'service_role') THEN
    GRANT ALL ON public.attribute_images, public.style_images TO service_role;
  END IF;
END $$;
