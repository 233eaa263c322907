-- Of whichever connection: a commit of the warehouse is one for all of them.
delete from observed
where connection in (select id from connections) and identity = $1 and commit_number = $2
