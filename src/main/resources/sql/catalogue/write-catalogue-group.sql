-- The images of one category in one style.
INSERT INTO ledger.catalogue_group (catalogue_id, first, category, style, required)
VALUES (:#catalogue, :#first, :#category, :#style, :#required)
