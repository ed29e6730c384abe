-- All is counted anew.
DELETE FROM catalogue_delta WHERE catalogue_id = :#catalogue
