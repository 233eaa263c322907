update deliveries
set
    state = settled.value ->> 'state',
    outcome = settled.value ->> 'outcome',
    attempts = settled.value ->> 'attempts',
    due_at = settled.value ->> 'due_at',
    settled_at = ?2
from json_each(?1) settled
where number = settled.value ->> 'number'
