-- All is counted anew.
DELETE FROM ledger.catalogue_delta WHERE catalogue_id = :#catalogue
