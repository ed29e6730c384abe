-- Events that nobody took in time.
DELETE FROM image_event WHERE created_at < now() - make_interval(secs => :#keepSeconds)
