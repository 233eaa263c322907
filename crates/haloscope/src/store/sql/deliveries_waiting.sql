select number, arrived_at, family, says, record, occurred_at, attempts
from deliveries
where connection = ?1 and state = 'waiting'
order by number
limit ?2
