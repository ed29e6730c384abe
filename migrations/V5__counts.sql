-- How many images each run has in which state, and what they cost, without counting: a ledger of a million rows is
-- asked again and again. Every change of a task writes down what it adds and takes away, in its own transaction, so the
-- sums are never wrong and no writer waits for another. Each second what was written is folded into one row for each run
-- and state. What is deleted from the ledger because it is old stays counted.

-- The images of a run in a state, without what stands in count_delta.
CREATE TABLE ledger.run_count (
  run_id            uuid    NOT NULL,
  state             text    NOT NULL, -- of a task; or JOINED, for those of other runs that it waits for
  images            bigint  NOT NULL,
  submitted         bigint  NOT NULL, -- how many of them were ever accepted
  cost_usd          numeric NOT NULL,
  possible_cost_usd numeric NOT NULL,
  price_usd         numeric NOT NULL, -- what another submit of each would cost
  timed             bigint  NOT NULL, -- how many of them have a time from the paid submit to the stored picture
  seconds           numeric NOT NULL, -- the sum of those
  PRIMARY KEY (run_id, state)
) WITH (fillfactor = 50);

-- The sums of run_count over all runs.
CREATE TABLE ledger.total_count (
  state             text    PRIMARY KEY,
  images            bigint  NOT NULL,
  submitted         bigint  NOT NULL,
  cost_usd          numeric NOT NULL,
  possible_cost_usd numeric NOT NULL,
  price_usd         numeric NOT NULL,
  timed             bigint  NOT NULL,
  seconds           numeric NOT NULL
) WITH (fillfactor = 50);

-- What is still to be added to both. No key and no index: it is written with every step of every image, read as a whole,
-- and soon empty again.
CREATE TABLE ledger.count_delta (
  run_id            uuid    NOT NULL,
  state             text    NOT NULL,
  images            bigint  NOT NULL,
  submitted         bigint  NOT NULL,
  cost_usd          numeric NOT NULL,
  possible_cost_usd numeric NOT NULL,
  price_usd         numeric NOT NULL,
  timed             bigint  NOT NULL,
  seconds           numeric NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- a publication of all tables names the rows that are deleted by all of their columns
ALTER TABLE ledger.count_delta REPLICA IDENTITY FULL;
