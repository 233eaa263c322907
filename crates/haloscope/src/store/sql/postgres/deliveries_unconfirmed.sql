-- Events whose deliveries of late were followed without HaloPSA ever confirming one, with the latest of them. That a record is not
-- listed as changed may happen now and then; three times in a row, and never otherwise, is a sign.
with followed as (
    select event, number, record, cast(outcome as json) ->> 'did' as did, cast(outcome as json) ->> 'why' as why
    from deliveries
    where connection = $1 and arrived_at >= $2 and event is not null and state <> 'waiting'
),
unconfirmed as (
    select event, count(*) as times, max(number) as number
    from followed
    group by event
    having
        count(*) filter (where did in ('read', 'deleted', 'known', 'left to the pass')) = 0
        and (count(*) filter (where did in ('refused', 'failed', 'left out')) > 0 or count(*) >= 3)
)
select u.event, u.times, u.number, f.record, f.why
from unconfirmed as u
join followed as f on f.number = u.number
