update deliveries
set
    state = settled.value ->> 'state',
    outcome = settled.value ->> 'outcome',
    attempts = cast(settled.value ->> 'attempts' as bigint),
    due_at = cast(settled.value ->> 'due_at' as bigint),
    settled_at = $2,
    visible_at = coalesce(visible_at, case when cast(settled.value ->> 'shows' as text) in ('true', '1') then $2 end)
from json_each($1) as settled
where number = cast(settled.value ->> 'number' as bigint)
