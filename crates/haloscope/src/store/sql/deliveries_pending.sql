select
    (select count(*) from deliveries where connection = $1 and state = 'waiting') as waiting,
    (select count(*) from deliveries where connection = $1 and state = 'dead') as dead
