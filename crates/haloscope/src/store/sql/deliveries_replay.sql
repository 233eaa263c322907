update deliveries
set state = 'waiting', attempts = 0, due_at = 0, settled_at = null, outcome = null
where
    number in (select cast($2 as bigint) union all select number from deliveries where connection = $1 and state = 'dead' and $2 is null)
    and +connection = $1
    and state <> 'waiting'
