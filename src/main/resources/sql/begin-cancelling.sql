-- From now on nothing of the run is submitted. While it is marked, it is being cancelled; a run that is resumed is no longer.
UPDATE generation_run SET state = 'PAUSED', reason = 'Being cancelled by an operator', cancelling_at = now()
WHERE id = :#run::uuid AND state IN ('RUNNING', 'PAUSED', 'HALTED')
