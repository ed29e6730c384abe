-- Flyway's own table stands in the same schema and is nobody's business either.
ALTER TABLE attribute_images_schema_history ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE
  web_role text;
BEGIN
  FOR web_role IN SELECT rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated') LOOP
    EXECUTE format('REVOKE ALL ON attribute_images_schema_history FROM %I', web_role);
  END LOOP;
END $$;
