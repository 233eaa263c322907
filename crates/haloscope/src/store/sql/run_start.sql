insert into runs (connection, kind, started_at) values ($1, $2, $3) returning id
