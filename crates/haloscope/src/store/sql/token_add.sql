insert into tokens (name, prefix, hash, scopes, made_by, made_at, ends_at) values ($1, $2, $3, $4, $5, $6, $7)
returning id, name, prefix, scopes, made_by, made_at, ends_at, used_at
