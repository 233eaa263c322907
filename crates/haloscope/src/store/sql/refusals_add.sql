insert into refusals (connection, status, source, times, first_at, last_at)
select
    value ->> 'connection', value ->> 'status', value ->> 'source', value ->> 'times', value ->> 'last_at',
    value ->> 'last_at'
from json_each(?1)
where true
on conflict do update set times = times + excluded.times, last_at = excluded.last_at
