insert into learned_limits (system, request_limit)
values ($1, $2)
on conflict (system) do update set request_limit = excluded.request_limit
