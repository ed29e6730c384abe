-- What this instance is working on stays its own.
UPDATE generation_task
SET lease_until = now() + make_interval(secs => :#${bean:settings.leaseSeconds})
WHERE id = ANY (:#taskIds::uuid[]) AND claimed_by = :#${bean:settings.instance}
  AND lease_until IS NOT NULL
