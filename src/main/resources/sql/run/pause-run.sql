-- Nothing more of the run is submitted until it is resumed; what is paid is collected and stored.
UPDATE ledger.run SET state = 'PAUSED', reason = 'Paused by an operator'
WHERE id = :#run::uuid AND state = 'RUNNING'
