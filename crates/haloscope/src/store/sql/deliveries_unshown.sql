-- State by state: each has an index of its own.
select min(arrived_at)
from (
    select min(arrived_at) as arrived_at
    from deliveries
    where connection = $1 and state = 'waiting' and visible_at is null
    union all
    select min(arrived_at)
    from deliveries
    where connection = $1 and state = 'dead' and visible_at is null
) as unshown
