-- A dead letter that nobody wants any more.
UPDATE generation_task SET state = 'CANCELLED'
WHERE id = :#id::uuid AND state = 'FAILED'
