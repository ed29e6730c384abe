-- One permit for each image that the account may submit in a minute.
INSERT INTO ledger.permit (slot)
SELECT slot FROM generate_series(1, :#${bean:settings.imagesPerMinute}) slot
ON CONFLICT (slot) DO NOTHING
