-- What the rows of a catalogue are marked with.
SELECT id FROM catalogue WHERE digest = :#digest
