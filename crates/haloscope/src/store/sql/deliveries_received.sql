-- By event, forgotten ones included. An unknown event has no name.
select
    nullif(event, '') as event,
    cast(sum(times) as bigint) as times,
    min(first_at) as first_at,
    max(last_at) as last_at,
    cast(sum(day) as bigint) as day
from (
    select
        coalesce(event, '') as event,
        count(*) as times,
        min(arrived_at) as first_at,
        max(arrived_at) as last_at,
        count(*) filter (where arrived_at >= $2) as day
    from deliveries
    where +connection = $1 and recovered = 0 and words is distinct from 'haloscope test'
    group by 1
    union all
    select event, times, first_at, last_at, 0 from forgotten_deliveries where connection = $1
) as received
group by 1
