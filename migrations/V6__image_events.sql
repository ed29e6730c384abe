-- Events for routes of one's own: an image was stored, or failed for good. They are written with the state itself, so
-- that no crash loses one, whichever statement changed it. A delivered event is deleted, and so is an old one.

CREATE TABLE image_event (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event      text        NOT NULL CHECK (event IN ('STORED', 'FAILED')),
  image      jsonb       NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  due_at     timestamptz NOT NULL DEFAULT now(),
  attempts   int         NOT NULL DEFAULT 0
);
COMMENT ON COLUMN image_event.due_at IS 'when it is to be delivered, or is free again after an instance took it';
CREATE INDEX image_event_due ON image_event (due_at, id);

CREATE FUNCTION generation_task_announce() RETURNS trigger
  LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO image_event (event, image) VALUES (NEW.state, jsonb_build_object(
    'category', NEW.category, 'value', NEW.value, 'style', NEW.style,
    'imageUrl', NEW.image_url, 'objectKey', NEW.object_key, 'taskId', NEW.id, 'runId', NEW.run_id,
    'costUsd', NEW.cost_usd,
    'error', CASE WHEN NEW.state = 'FAILED'
                  THEN jsonb_build_object('reason', NEW.error_reason, 'status', NEW.error_status, 'message', NEW.error_message) END));
  RETURN NULL;
END $$;

CREATE TRIGGER generation_task_announce AFTER UPDATE OF state ON generation_task
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.state IN ('STORED', 'FAILED'))
  EXECUTE FUNCTION generation_task_announce();

ALTER TABLE image_event ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE
  web_role text;
BEGIN
  FOR web_role IN SELECT rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated') LOOP
    EXECUTE format('REVOKE ALL ON image_event FROM %I', web_role);
  END LOOP;
END $$;
