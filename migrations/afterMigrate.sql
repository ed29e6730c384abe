-- What is not the two tables of pictures is the program's alone, whatever rights the database gives to what is new: Supabase
-- gives them to its roles by name.
DO $$
DECLARE
  given record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('attribute_images_schema_rights')); -- two instances at once would meet at the same rows
  FOR given IN
    SELECT DISTINCT object, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS role
    FROM (SELECT 'TABLE ' || oid::regclass, relowner, relacl FROM pg_class WHERE relnamespace = 'ledger'::regnamespace
          UNION ALL
          SELECT 'FUNCTION ' || oid::regprocedure, proowner, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc
          WHERE pronamespace = 'ledger'::regnamespace AND proname <> 'object_of_url' -- an index calls it for all who write pictures
             OR oid = 'public.attribute_images_touch'::regproc) o (object, owner, acl),
         aclexplode(acl)
    WHERE pg_has_role(owner, 'USAGE')
      AND (grantee = 0 OR grantee IN (SELECT oid FROM pg_roles WHERE rolname IN ('anon', 'authenticated', 'service_role')))
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM %s', given.object, given.role);
  END LOOP;
END $$;
