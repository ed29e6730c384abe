-- Objects that no row points to any more and whose time has come; claimed so that a failure is tried again later. An original
-- is in use as long as its picture is.
WITH claimed AS (
  UPDATE ledger.task SET obsolete_after = now() + interval '15 minutes'
  WHERE id = ANY (ARRAY(
    SELECT id FROM ledger.task
    WHERE obsolete_after <= now()
    ORDER BY obsolete_after
    LIMIT 10
    FOR UPDATE SKIP LOCKED))
  RETURNING id, category, value, style, obsolete_keys
)
SELECT c.id, k.obsolete_key,
  EXISTS (SELECT FROM public.attribute_images WHERE object_key = k.obsolete_key)
  OR EXISTS (SELECT FROM public.attribute_images
             WHERE object_key IS NULL AND ledger.object_of_url(image_url) = :#${bean:settings.bucket} || '/' || k.obsolete_key)
  OR EXISTS (SELECT FROM public.style_images
             WHERE coalesce(:#${bean:settings.bucket} || '/' || object_key, ledger.object_of_url(image_url))
                 = :#${bean:settings.bucket} || '/' || k.obsolete_key)
  OR EXISTS (SELECT FROM ledger.task t JOIN ledger.stored_image s USING (category, value, style, object_key)
             WHERE t.category = c.category AND t.value = c.value AND t.style = c.style
               AND t.original_key = k.obsolete_key) AS in_use
FROM claimed c CROSS JOIN LATERAL unnest(c.obsolete_keys) AS k (obsolete_key)
