update deliveries
set
    state = settled.value ->> 'state',
    outcome = settled.value ->> 'outcome',
    settled_at = ?2,
    attempts = attempts + 1
from json_each(?1) settled
where number = settled.value ->> 'number'
