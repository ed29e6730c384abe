-- Whether the tables are there, and whether this role could create them.
SELECT to_regclass('ledger.schema_history') IS NOT NULL AS migrated,
       to_regnamespace('ledger') IS NOT NULL OR has_database_privilege(current_database(), 'CREATE') AS creatable
