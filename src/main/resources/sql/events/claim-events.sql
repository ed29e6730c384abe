-- Takes events of a kind that are due, for routes of one's own that listen for them. Should the instance stop before they
-- are delivered, they are due again after two minutes.
UPDATE ledger.image_event
SET attempts = attempts + 1, due_at = now() + interval '2 minutes'
WHERE id = ANY (ARRAY(
  SELECT id FROM ledger.image_event
  WHERE due_at <= now() AND event = :#kind
  ORDER BY due_at, id
  LIMIT :#batch
  FOR UPDATE SKIP LOCKED))
RETURNING *
