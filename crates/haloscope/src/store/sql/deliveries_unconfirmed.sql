-- Events whose deliveries of late were followed without HaloPSA ever confirming one, with the latest of them.
select event, count(*) as times, max(number) as number, record, outcome ->> 'why' as why
from deliveries
where connection = ?1 and arrived_at >= ?2 and event is not null and state <> 'waiting'
group by event
having sum(outcome ->> 'did' in ('read', 'deleted', 'known', 'left to the pass')) = 0
