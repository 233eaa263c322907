insert into links (hash, purpose, user_id, ends_at) values ($1, $2, $3, $4)
