-- One task.
SELECT * FROM generation_task WHERE id = :#id::uuid
