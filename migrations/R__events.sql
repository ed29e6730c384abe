-- An image that was stored, or failed permanently, becomes an event for routes of one's own.
CREATE OR REPLACE FUNCTION ledger.task_announce() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_RELID <> 'ledger.task'::regclass THEN
    RETURN NULL;
  END IF;
  INSERT INTO ledger.image_event (event, image) VALUES (NEW.state, jsonb_build_object(
    'category', NEW.category, 'value', NEW.value, 'style', NEW.style,
    'imageUrl', NEW.image_url, 'objectKey', NEW.object_key, 'taskId', NEW.id, 'runId', NEW.run_id,
    'costUsd', NEW.cost_usd,
    'error', CASE WHEN NEW.state = 'FAILED'
                  THEN jsonb_build_object('reason', NEW.error_reason, 'status', NEW.error_status, 'message', NEW.error_message) END));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER task_announce AFTER UPDATE OF state ON ledger.task
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.state IN ('STORED', 'FAILED'))
  EXECUTE FUNCTION ledger.task_announce();
