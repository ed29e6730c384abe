-- A claim looks for the next planned images of each run that goes on, however many others are planned.

DROP INDEX generation_task_to_submit;
CREATE INDEX generation_task_to_submit ON generation_task (run_id, submit_after, position) WHERE state = 'PLANNED';
