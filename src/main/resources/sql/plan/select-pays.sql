-- Whether a run has anything to pay for.
SELECT committed_usd > 0 FROM ledger.run WHERE id = :#${exchangeProperty.run.id}
