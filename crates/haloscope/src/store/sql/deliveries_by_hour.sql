-- How many arrived in each of the hours since $2, by event.
select event, (arrived_at - $2) / 3600000000 as hour, count(*) as times
from deliveries
where +connection = $1 and recovered = 0 and arrived_at >= $2 and event is not null
group by 1, 2
