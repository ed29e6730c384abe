-- Every picture that is in place, covers among them: a cover is the image "cover" of the category "style". It is in
-- style_images, whatever attribute_images may have under that name.
CREATE OR REPLACE VIEW ledger.stored_image AS
  SELECT category, value, style, image_url, object_key FROM public.attribute_images
  WHERE NOT placeholder AND NOT (category = 'style' AND value = 'cover')
  UNION ALL
  SELECT 'style', 'cover', style, image_url, object_key FROM public.style_images WHERE NOT placeholder;

-- Pictures have come, gone or been renamed, by any program: the catalogues that have them take note. Not all who may write
-- pictures may write the catalogue: the functions do so for their owner. None plans a statement on a transition table before
-- it knows that the table is its own, as another one may have given it a view of that name.
CREATE OR REPLACE FUNCTION ledger.catalogue_note_images() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  -- one image is stored at a time: however large the catalogue is, it is found by its index
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  IF TG_RELID <> 'public.attribute_images'::regclass THEN
    RETURN NULL;
  END IF;
  IF NOT EXISTS (SELECT FROM changed) THEN
    RETURN NULL; -- an insert that may update fires the triggers of both
  END IF;
  WITH noted AS (
    UPDATE ledger.catalogue_image i SET stored = NOT i.stored
    FROM changed c
    WHERE i.category = c.category AND i.value = c.value AND i.style = c.style
      AND NOT (i.category = 'style' AND i.value = 'cover')
      AND i.stored <> EXISTS (SELECT FROM public.attribute_images a
                              WHERE a.category = i.category AND a.value = i.value AND a.style = i.style AND NOT a.placeholder)
    RETURNING i.catalogue_id, i.category, i.style, i.stored
  )
  INSERT INTO ledger.catalogue_delta (catalogue_id, category, style, stored)
  SELECT catalogue_id, category, style, sum(CASE WHEN stored THEN 1 ELSE -1 END) FROM noted GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger.catalogue_note_covers() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  IF TG_RELID <> 'public.style_images'::regclass THEN
    RETURN NULL;
  END IF;
  IF NOT EXISTS (SELECT FROM changed) THEN
    RETURN NULL;
  END IF;
  WITH noted AS (
    UPDATE ledger.catalogue_image i SET stored = NOT i.stored
    FROM changed c
    WHERE i.category = 'style' AND i.value = 'cover' AND i.style = c.style
      AND i.stored <> EXISTS (SELECT FROM public.style_images s WHERE s.style = i.style AND NOT s.placeholder)
    RETURNING i.catalogue_id, i.category, i.style, i.stored
  )
  INSERT INTO ledger.catalogue_delta (catalogue_id, category, style, stored)
  SELECT catalogue_id, category, style, sum(CASE WHEN stored THEN 1 ELSE -1 END) FROM noted GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger.catalogue_note_truncation() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  IF TG_RELID NOT IN ('public.attribute_images'::regclass, 'public.style_images'::regclass) THEN
    RETURN NULL;
  END IF;
  WITH noted AS (
    UPDATE ledger.catalogue_image SET stored = false
    WHERE stored AND (category = 'style' AND value = 'cover') = (TG_TABLE_NAME = 'style_images')
    RETURNING catalogue_id, category, style
  )
  INSERT INTO ledger.catalogue_delta (catalogue_id, category, style, stored)
  SELECT catalogue_id, category, style, -count(*) FROM noted GROUP BY 1, 2, 3;
  RETURN NULL;
END $$;

DO $$
DECLARE
  pictures text;
  note     text;
BEGIN
  FOR pictures, note IN VALUES ('attribute_images', 'catalogue_note_images'), ('style_images', 'catalogue_note_covers') LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT ON public.%I REFERENCING NEW TABLE AS changed
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger.%I()', pictures || '_come', pictures, note);
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER DELETE ON public.%I REFERENCING OLD TABLE AS changed
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger.%I()', pictures || '_gone', pictures, note);
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON public.%I REFERENCING OLD TABLE AS changed
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger.%I()', pictures || '_were', pictures, note);
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON public.%I REFERENCING NEW TABLE AS changed
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger.%I()', pictures || '_are', pictures, note);
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER TRUNCATE ON public.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger.catalogue_note_truncation()', pictures || '_emptied', pictures);
  END LOOP;
END $$;
