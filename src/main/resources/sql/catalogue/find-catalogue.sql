-- What the rows of a catalogue are marked with.
SELECT id FROM ledger.catalogue WHERE digest = :#digest
