-- Routes of one's own have failed with the event for so long, counted by the pauses of delay-event.sql that it has had.
DELETE FROM ledger.image_event
WHERE id = :#${exchangeProperty.event.id}
  AND :#keepSeconds <= (SELECT sum(least(2 ^ least(n, 10), 300)) FROM generate_series(1, attempts - 1) n)
