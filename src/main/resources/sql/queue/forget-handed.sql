-- Marks of work that was done without their message.
DELETE FROM ledger.handed_task WHERE until < now() - interval '1 hour'
