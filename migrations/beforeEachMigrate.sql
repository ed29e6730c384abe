-- A migration of a large ledger takes as long as it takes: the time-outs of the program's statements are not for it.
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;
