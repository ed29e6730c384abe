-- Events for routes of one's own: an image was stored, or failed permanently. They are written with the state itself, so
-- that no crash loses one, whichever statement changed it. A delivered event is deleted, and so is an old one.

CREATE TABLE ledger.image_event (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event      text        NOT NULL,
  image      jsonb       NOT NULL,               -- what listeners are told of it
  created_at timestamptz NOT NULL DEFAULT now(),
  due_at     timestamptz NOT NULL DEFAULT now(), -- to be delivered then, or free again after an instance took it
  attempts   int         NOT NULL DEFAULT 0,     -- how often it was taken

  CHECK (event IN ('STORED', 'FAILED'))
);

-- claim-events
CREATE INDEX image_event_due ON ledger.image_event (due_at, id);
