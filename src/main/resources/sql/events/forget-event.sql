-- The event is delivered.
DELETE FROM ledger.image_event WHERE id = :#${exchangeProperty.event.id}
