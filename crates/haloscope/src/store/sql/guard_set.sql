insert into guards (connection, sealed) values ($1, $2)
on conflict (connection) do update set sealed = excluded.sealed
