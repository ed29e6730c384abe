-- The event is delivered.
DELETE FROM image_event WHERE id = :#${exchangeProperty.event.id}
