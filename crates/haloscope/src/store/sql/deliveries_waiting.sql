select number, arrived_at, family, says, record, occurred_at, attempts
from deliveries
where connection = ?1 and state = 'waiting' and due_at <= ?2
order by number
limit ?3
