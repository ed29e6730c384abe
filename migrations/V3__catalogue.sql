-- The catalogue as rows, so that planning is one comparison of two tables, and so that what is missing is known without
-- a count. Each program writes its catalogue here at its start, unless it stands here already; a catalogue is named by
-- the digest of its images, and instances with different ones do not disturb each other.

CREATE TABLE ledger.catalogue (
  id       int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest   text        NOT NULL UNIQUE,
  source   text        NOT NULL,               -- where it was read, in words
  compared boolean     NOT NULL DEFAULT false, -- with the pictures that are in place; triggers keep it so
  used_at  timestamptz NOT NULL DEFAULT now()  -- a program that uses it was running then
);

-- The images of one category in one style, which stand one after the other.
CREATE TABLE ledger.catalogue_group (
  catalogue_id int         NOT NULL REFERENCES ledger.catalogue ON DELETE CASCADE,
  first        bigint      NOT NULL,           -- the position of its first image
  category     varchar(50) NOT NULL,
  style        varchar(20) NOT NULL,
  required     bigint      NOT NULL,           -- how many there should be
  stored       bigint      NOT NULL DEFAULT 0, -- how many are in place, without what stands in catalogue_delta
  PRIMARY KEY (catalogue_id, category, style)
);

CREATE TABLE ledger.catalogue_image (
  catalogue_id int          NOT NULL REFERENCES ledger.catalogue ON DELETE CASCADE,
  position     bigint       NOT NULL,
  category     varchar(50)  NOT NULL,
  value        varchar(100) NOT NULL,
  style        varchar(20)  NOT NULL,
  prompt       text         NOT NULL,
  stored       boolean      NOT NULL, -- its picture is in place
  PRIMARY KEY (catalogue_id, position)
);

-- the triggers in R__catalogue.sql
CREATE UNIQUE INDEX catalogue_image_by_name ON ledger.catalogue_image (value, category, style, catalogue_id);
-- plan-chunk
CREATE INDEX catalogue_image_missing ON ledger.catalogue_image (catalogue_id, position) WHERE NOT stored;

-- What is still to be added to the number of stored images. Who stores pictures only ever adds rows, so that nobody waits
-- for another; they are folded into the groups each second.
CREATE TABLE ledger.catalogue_delta (
  catalogue_id int         NOT NULL,
  category     varchar(50) NOT NULL,
  style        varchar(20) NOT NULL,
  stored       bigint      NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- it has no key, by which a publication of all tables would name the rows that are deleted
ALTER TABLE ledger.catalogue_delta REPLICA IDENTITY FULL;
