-- The message came to an instance without room: the task may be handed out again.
DELETE FROM ledger.handed_task WHERE step = :#step AND task_id = :#taskId::uuid
