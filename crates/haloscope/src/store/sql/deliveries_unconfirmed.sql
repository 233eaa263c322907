-- Events whose deliveries of late were followed without HaloPSA ever confirming one, with the latest of them. That a record is not
-- listed as changed may happen now and then; three times in a row, and never otherwise, is a sign.
select event, count(*) as times, max(number) as number, record, outcome ->> 'why' as why
from deliveries
where +connection = $1 and arrived_at >= $2 and event is not null and state <> 'waiting'
group by event
having
    sum(outcome ->> 'did' in ('read', 'deleted', 'known', 'left to the pass')) = 0
    and (sum(outcome ->> 'did' in ('refused', 'failed', 'left out')) > 0 or count(*) >= 3)
