-- What a webhook for this task must know.
SELECT webhook_token FROM generation_task WHERE id = :#${header.task}::uuid
