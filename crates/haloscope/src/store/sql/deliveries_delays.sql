-- Median time from the event to its arrival, by event.
select event, cast(avg(delay) as bigint) as delay
from (
    select
        event,
        arrived_at - occurred_at as delay,
        row_number() over (partition by event order by arrived_at - occurred_at) as place,
        count(*) over (partition by event) as total
    from deliveries
    where +connection = $1 and recovered = 0 and arrived_at >= $2 and event is not null and occurred_at is not null
) as delays
where place in ((total + 1) / 2, (total + 2) / 2)
group by event
