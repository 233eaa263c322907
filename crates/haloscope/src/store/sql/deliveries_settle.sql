update deliveries
set
    state = settled.value ->> 'state',
    outcome = settled.value ->> 'outcome',
    attempts = settled.value ->> 'attempts',
    due_at = settled.value ->> 'due_at',
    settled_at = ?2,
    visible_at = coalesce(visible_at, iif(settled.value ->> 'outcome' ->> 'did' in ('read', 'known', 'deleted'), ?2, null))
from json_each(?1) settled
where number = settled.value ->> 'number'
