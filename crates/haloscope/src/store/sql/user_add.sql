insert into users (name, display_name, role, password, created_at) values ($1, $2, $3, $4, $5)
returning id, name, display_name, role, password, disabled_at, created_at, signed_in_at
