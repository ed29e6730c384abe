-- How many events since the start of a run are still to be told to routes of one's own that listen for them.
SELECT count(*) FROM ledger.image_event
WHERE event = ANY (:#listenedFor::text[])
  AND created_at >= (SELECT started_at FROM ledger.run WHERE id = :#run::uuid)
