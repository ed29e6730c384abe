-- One task, and what its run is.
SELECT t.*, r.trigger, r.mode FROM ledger.task t JOIN ledger.run r ON r.id = t.run_id WHERE t.id = :#id::uuid
