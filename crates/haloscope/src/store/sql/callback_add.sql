insert into callbacks (connection, made_at, sealed_secret) values ($1, $2, $3)
