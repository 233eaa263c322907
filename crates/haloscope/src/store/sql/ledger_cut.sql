delete from ledger
where connection = $1 and identity = $2 and commit_number > $3
