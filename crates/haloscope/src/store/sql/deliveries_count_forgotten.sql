insert into forgotten_deliveries (connection, event, times, first_at, last_at)
select connection, coalesce(event, ''), count(*), min(arrived_at), max(arrived_at)
from deliveries
where number in (select cast(cast(value as text) as bigint) from json_each($1)) and recovered = 0
group by 1, 2
on conflict (connection, event) do update set
    times = forgotten_deliveries.times + excluded.times,
    first_at = case
        when excluded.first_at < forgotten_deliveries.first_at then excluded.first_at
        else forgotten_deliveries.first_at
    end,
    last_at = case
        when excluded.last_at > forgotten_deliveries.last_at then excluded.last_at
        else forgotten_deliveries.last_at
    end
