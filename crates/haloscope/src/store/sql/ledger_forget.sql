delete from ledger where seen_at < $1
