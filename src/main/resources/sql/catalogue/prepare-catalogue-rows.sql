-- Where the rows of a catalogue are put as they come.
CREATE TEMPORARY TABLE catalogue_row (
  n        bigint GENERATED ALWAYS AS IDENTITY,
  category varchar(50), value varchar(100), style varchar(20), prompt text)
ON COMMIT DROP
