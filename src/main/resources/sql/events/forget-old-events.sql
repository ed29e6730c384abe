-- Events that have been due for so long, and that no route listens for.
DELETE FROM ledger.image_event
WHERE due_at < now() - make_interval(secs => :#keepSeconds) AND event <> ALL (:#listenedFor::text[])
