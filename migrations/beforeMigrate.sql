-- Whether the database will do: each start looks at that, and so does the command probe.
-- Who may create in a schema of the search path can have code run as this role: our statements name operators and
-- functions without a schema, and one that fits a varchar exactly is taken before those of pg_catalog.
DO $$
DECLARE
  path     text   := pg_catalog.current_setting('search_path');
  schemas  name[] := pg_catalog.array_cat(pg_catalog.current_schemas(false), '{public,ledger}');
  place    record;
  trusted  oid[];
  web_role text;
  others   text;
  drops    text;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);

  -- An earlier version had its ledger beside the pictures.
  IF EXISTS (SELECT FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
             WHERE nspname = ANY (schemas) AND nspname <> 'ledger'
               AND relname IN ('generation_run', 'attribute_images_schema_history')) THEN
    SELECT string_agg('DROP ' || kind || ' ' || names || ' CASCADE', '; ' ORDER BY kind) INTO drops
    FROM (SELECT kind, string_agg(format('%I.%I', nspname, name), ', ' ORDER BY name) AS names
          FROM (SELECT 'FUNCTION', pronamespace, proname FROM pg_proc
                WHERE proname IN ('catalogue_note_covers', 'catalogue_note_images', 'catalogue_note_truncation',
                  'generation_changed', 'generation_run_goes_on', 'generation_run_join_count', 'generation_task_announce',
                  'generation_task_check_transition', 'generation_task_count_change', 'generation_task_count_gone',
                  'generation_task_count_new', 'generation_task_count_none', 'generation_task_setback', 'object_of_url')
                UNION ALL
                SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, relnamespace, relname FROM pg_class
                WHERE relname IN ('attribute_images_schema_history', 'brake_cause', 'catalogue', 'catalogue_delta',
                  'catalogue_group', 'catalogue_image', 'generation_count', 'generation_count_delta', 'generation_run',
                  'generation_run_join', 'generation_task', 'generation_total', 'handed_task', 'image_event',
                  'stored_image', 'submit_permit', 'webhook_hint', 'webhook_key')) o (kind, namespace, name)
          JOIN pg_namespace n ON n.oid = namespace
          WHERE nspname = ANY (schemas) AND nspname <> 'ledger'
          GROUP BY kind) k;
    RAISE EXCEPTION 'this database has the ledger of an earlier version: let its runs finish with that version, stop it, and run what leaves the pictures as they are: %', drops;
  END IF;

  FOR place IN SELECT oid, nspname, nspowner FROM pg_namespace WHERE nspname = ANY (schemas) LOOP
    -- they can act as this role, or as the schema's owner, anyway; nobody can act as that role of Supabase
    trusted := ARRAY(SELECT oid FROM pg_roles
                     WHERE pg_has_role(oid, current_user, 'MEMBER') OR pg_has_role(oid, place.nspowner, 'MEMBER')
                        OR rolname = 'dashboard_user' AND NOT rolcanlogin);

    -- the ledger is the program's alone, whatever rights the database gives to a new schema
    IF place.nspname = 'ledger' AND pg_has_role(place.nspowner, 'USAGE') THEN
      FOR web_role IN SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
                      FROM pg_namespace, aclexplode(nspacl)
                      WHERE nspname = 'ledger'
                        AND (grantee = 0 OR grantee::regrole::text IN ('anon', 'authenticated', 'service_role')) LOOP
        EXECUTE 'REVOKE ALL ON SCHEMA ledger FROM ' || web_role;
      END LOOP;
    END IF;

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
