insert into forgotten_deliveries (connection, event, times, first_at, last_at)
select connection, coalesce(event, ''), count(*), min(arrived_at), max(arrived_at)
from deliveries
where number in (select value from json_each(?1)) and not recovered
group by 1, 2
on conflict do update set
    times = times + excluded.times,
    first_at = min(first_at, excluded.first_at),
    last_at = max(last_at, excluded.last_at)
