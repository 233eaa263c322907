select
    (select count(*) from deliveries where connection = $1 and state = 'waiting') as waiting,
    (select count(*) from deliveries where connection = $1 and state = 'dead') as dead,
    (
        select min(arrived_at)
        from deliveries
        where connection = $1 and state in ('waiting', 'dead') and visible_at is null
    ) as unshown_since
