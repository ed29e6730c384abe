-- What stands in the same schema and is the program's alone, Flyway's table included, whatever rights the database gives to
-- what is new there: Supabase gives them to its roles by name. A new table, sequence or function is added here.
ALTER TABLE attribute_images_schema_history ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE
  others text := concat_ws(', ', 'PUBLIC', (SELECT string_agg(rolname, ', ') FROM pg_roles WHERE rolname IN ('anon', 'authenticated')));
BEGIN
  EXECUTE 'REVOKE ALL ON attribute_images_schema_history, brake_cause, catalogue, catalogue_delta, catalogue_group,
             catalogue_image, generation_count, generation_count_delta, generation_count_now, generation_run,
             generation_run_join, generation_task, generation_total, generation_total_now, handed_task, image_event,
             stored_image, submit_permit, webhook_hint, webhook_key FROM ' || others;
  EXECUTE 'REVOKE ALL ON SEQUENCE catalogue_id_seq, generation_task_position_seq, image_event_id_seq FROM ' || others;
  -- object_of_url stays with PUBLIC: an index calls it for everyone who writes a picture
  EXECUTE 'REVOKE ALL ON FUNCTION attribute_images_touch(), catalogue_note_covers(), catalogue_note_images(),
             catalogue_note_truncation(), generation_changed(), generation_run_goes_on(), generation_run_join_count(),
             generation_task_announce(), generation_task_check_transition(), generation_task_count_change(),
             generation_task_count_gone(), generation_task_count_new(), generation_task_count_none(),
             generation_task_setback() FROM ' || others;
END $$;
