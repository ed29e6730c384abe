-- From now on nothing of the run is submitted. It is being cancelled while it is marked; whatever takes it out of the pause
-- takes the mark away.
UPDATE ledger.run SET state = 'PAUSED', reason = 'Being cancelled by an operator', cancelling_at = now()
WHERE id = :#run::uuid AND state IN ('RUNNING', 'PAUSED', 'HALTED')
