select coalesce(sum(state = 'waiting'), 0) as waiting, coalesce(sum(state = 'dead'), 0) as dead
from deliveries
where connection = ?1 and state <> 'settled'
