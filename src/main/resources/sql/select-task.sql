-- One task, and what its run is.
SELECT t.*, r.trigger, r.mode FROM generation_task t JOIN generation_run r ON r.id = t.run_id WHERE t.id = :#id::uuid
