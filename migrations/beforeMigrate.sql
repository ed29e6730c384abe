-- Who may create in a schema of the search path can have code run as this role: our statements name operators and
-- functions without a schema, and one that fits a varchar exactly is taken before those of pg_catalog. Each start looks at
-- that, and so does the command probe.
DO $$
DECLARE
  path    text   := pg_catalog.current_setting('search_path');
  schemas name[] := pg_catalog.current_schemas(false);
  place   record;
  trusted oid[];
  others  text;
  drops   text;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);
  FOR place IN SELECT oid, nspname, nspowner FROM pg_namespace WHERE nspname = ANY (schemas) LOOP
    -- they can act as this role, or as the schema's owner, anyway; nobody can act as that role of Supabase
    trusted := ARRAY(SELECT oid FROM pg_roles
                     WHERE pg_has_role(oid, current_user, 'MEMBER') OR pg_has_role(oid, place.nspowner, 'MEMBER')
                        OR rolname = 'dashboard_user' AND NOT rolcanlogin);

    -- Before Postgres 15 everybody may create in public, by a default that nobody asked for. Where others own something
    -- there, another program may need it: like what was granted by name, it is left to a person.
    IF has_schema_privilege('public', place.oid, 'CREATE') AND pg_has_role(place.nspowner, 'USAGE') AND NOT EXISTS (
        SELECT FROM pg_depend d JOIN pg_shdepend s USING (classid, objid)
        WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = place.oid AND s.deptype = 'o'
          AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND s.refobjid <> ALL (trusted)) THEN
      PERFORM pg_advisory_xact_lock(hashtext('attribute_images_schema_rights')); -- two instances at once would refuse each other
      EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', place.nspname);
    END IF;
    SELECT string_agg(DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, ', ') INTO others
    FROM pg_namespace n, aclexplode(n.nspacl)
    WHERE n.oid = place.oid AND privilege_type = 'CREATE' AND grantee <> ALL (trusted);
    IF others IS NOT NULL THEN
      RAISE EXCEPTION 'what % may create in the schema % would run with the rights of %; as the owner of the schema, run: REVOKE CREATE ON SCHEMA % FROM %',
        others, place.nspname, current_user, quote_ident(place.nspname), others;
    END IF;

    -- what somebody created who may not any more is still taken
    SELECT string_agg(format('DROP %s %s', upper(i.type), i.identity), '; ') INTO drops
    FROM (SELECT 'pg_operator'::regclass AS classid, oid AS objid FROM pg_operator
          WHERE oprnamespace = place.oid AND oprowner <> ALL (trusted)
          UNION ALL
          SELECT 'pg_proc'::regclass, p.oid FROM pg_proc p
          WHERE p.pronamespace = place.oid AND p.proowner <> ALL (trusted)
            AND EXISTS (SELECT FROM pg_proc q WHERE q.proname = p.proname AND q.proowner = ANY (trusted)
                        AND q.pronamespace IN ('pg_catalog'::regnamespace, place.oid))) o,
         pg_identify_object(o.classid, o.objid, 0) i;
    IF drops IS NOT NULL THEN
      RAISE EXCEPTION 'what others have created in the schema % would run with the rights of %; look at it, and run: %',
        place.nspname, current_user, drops;
    END IF;
  END LOOP;
  PERFORM set_config('search_path', path, true);
END $$;
