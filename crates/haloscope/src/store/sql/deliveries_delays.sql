-- Median time from the event to its arrival, by event.
select event, cast(avg(delay) as integer) as delay
from (
    select
        event,
        arrived_at - occurred_at as delay,
        row_number() over (partition by event order by arrived_at - occurred_at) as place,
        count(*) over (partition by event) as of
    from deliveries
    where +connection = ?1 and not recovered and arrived_at >= ?2 and event is not null and occurred_at is not null
)
where place in ((of + 1) / 2, (of + 2) / 2)
group by event
