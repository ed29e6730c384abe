-- A route of one's own failed with the event: it gets it again, after growing pauses.
UPDATE ledger.image_event
SET due_at = now() + make_interval(secs => least(2 ^ least(attempts, 10), 300))
WHERE id = :#${exchangeProperty.event.id}
