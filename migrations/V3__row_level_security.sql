-- Supabase exposes every table of this schema to its roles anon and authenticated. Anyone may read the
-- pictures; nobody but the owner and service_role (which bypasses these policies) may write them or see the
-- ledger. A plain Postgres has none of those roles.

ALTER TABLE attribute_images ENABLE ROW LEVEL SECURITY;
ALTER TABLE style_images     ENABLE ROW LEVEL SECURITY;
ALTER TABLE generation_run   ENABLE ROW LEVEL SECURITY;
ALTER TABLE generation_task  ENABLE ROW LEVEL SECURITY;
ALTER TABLE submit_permit    ENABLE ROW LEVEL SECURITY;

DO $$
DECLARE
  old      record;
  web_role text;
BEGIN
  -- Policies of an adopted table may let anyone write, or hide rows.
  FOR old IN SELECT tablename, policyname FROM pg_policies
             WHERE schemaname = current_schema() AND tablename IN ('attribute_images', 'style_images') LOOP
    RAISE NOTICE 'policy "%" of % is replaced', old.policyname, old.tablename;
    EXECUTE format('DROP POLICY %I ON %I', old.policyname, old.tablename);
  END LOOP;

  CREATE POLICY attribute_images_read ON attribute_images FOR SELECT USING (true);
  CREATE POLICY style_images_read     ON style_images     FOR SELECT USING (true);

  FOREACH web_role IN ARRAY ARRAY['anon', 'authenticated'] LOOP
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = web_role) THEN
      EXECUTE format('REVOKE ALL ON attribute_images, style_images, generation_run, generation_task, submit_permit, stored_image FROM %I', web_role);
      EXECUTE format('GRANT SELECT ON attribute_images, style_images TO %I', web_role);
    END IF;
  END LOOP;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'service_role') THEN
    GRANT ALL ON attribute_images, style_images TO service_role;
  END IF;
END $$;
