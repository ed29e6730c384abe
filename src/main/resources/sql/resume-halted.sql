-- The schedule gives every halted run another chance.
UPDATE generation_run SET state = 'RUNNING', reason = NULL
WHERE state = 'HALTED'
