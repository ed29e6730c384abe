-- The catalogue stands here from now on, unless it does already. Whoever comes while another writes it waits for that one.
INSERT INTO ledger.catalogue (digest, source) VALUES (:#digest, :#source)
ON CONFLICT (digest) DO NOTHING
