-- The number before that of the first delivery that waits, or of the last one there is.
select coalesce(
    (select min(number) - 1 from deliveries where connection = $1 and state = 'waiting'),
    (select max(number) from deliveries),
    0
)
