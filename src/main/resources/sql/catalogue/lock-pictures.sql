-- Nobody stores a picture, or adds up what was stored, until this transaction ends. Readers do not notice.
SET LOCAL lock_timeout = '3s';
LOCK TABLE public.attribute_images, public.style_images IN SHARE MODE;
LOCK TABLE ledger.catalogue_delta IN SHARE ROW EXCLUSIVE MODE
