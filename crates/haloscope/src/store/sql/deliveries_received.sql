-- By event, forgotten ones included. An unknown event has no name.
select
    nullif(event, '') as event,
    sum(times) as times,
    max(last_at) as last_at,
    sum(day) as day
from (
    select
        coalesce(event, '') as event,
        count(*) as times,
        max(arrived_at) as last_at,
        sum(arrived_at >= ?2) as day
    from deliveries
    where +connection = ?1 and not recovered and words is not 'haloscope test'
    group by 1
    union all
    select event, times, last_at, 0 from forgotten_deliveries where connection = ?1
)
group by 1
