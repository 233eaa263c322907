insert into refusals (connection, status, source, times, first_at, last_at)
select
    cast(value ->> 'connection' as bigint),
    cast(value ->> 'status' as bigint),
    value ->> 'source',
    cast(value ->> 'times' as bigint),
    cast(value ->> 'last_at' as bigint),
    cast(value ->> 'last_at' as bigint)
from json_each($1)
where true
on conflict (connection, status, source) do update set
    times = refusals.times + excluded.times, last_at = excluded.last_at
