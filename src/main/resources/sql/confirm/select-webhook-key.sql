-- What the tokens in webhook URLs are made with.
SELECT key FROM ledger.webhook_key
