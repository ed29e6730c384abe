-- All is counted anew.
DELETE FROM catalogue_change WHERE catalogue_id = :#catalogue
