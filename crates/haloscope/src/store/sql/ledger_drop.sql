delete from ledger
where connection in (select id from connections) and identity = $1 and commit_number >= $2
