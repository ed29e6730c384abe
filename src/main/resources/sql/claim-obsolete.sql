-- Objects that no row points to any more and whose time has come; claimed so that a failure is tried again later.
UPDATE generation_task t SET obsolete_after = now() + interval '15 minutes'
WHERE id IN (
  SELECT id FROM generation_task
  WHERE obsolete_key IS NOT NULL AND obsolete_after <= now()
  ORDER BY obsolete_after
  LIMIT 10
  FOR UPDATE SKIP LOCKED)
RETURNING id, obsolete_key,
  EXISTS (SELECT FROM stored_image s
          WHERE coalesce(s.object_key, substring(s.image_url FROM '/storage/v1/object/public/' || :#${bean:settings.bucket} || '/(.+)')) = t.obsolete_key) AS in_use
