select
    event,
    count(*) as total,
    sum(arrived_at >= ?2) as lately,
    min(arrived_at) as first_at,
    max(arrived_at) as last_at,
    sum(state = 'waiting') as waiting,
    sum(state = 'dead') as dead,
    sum(repeats) as repeats
from deliveries
where connection = ?1
group by event
