-- Nobody stores a picture, or adds up what was stored, until this transaction ends. Readers do not notice.
SET LOCAL lock_timeout = '3s';
LOCK TABLE attribute_images, style_images IN SHARE MODE;
LOCK TABLE catalogue_delta IN SHARE ROW EXCLUSIVE MODE
