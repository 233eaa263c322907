-- A delivery announces what had happened when it was made: the record that it carries says so best, else the time of the event, which
-- may be cut to the second. Ids are not used again, so a delivery that says created or deleted belongs to the one time that
-- happened. What was fetched from HaloPSA's log was not delivered. None arrives long before it happened: clocks differ less.
with told as not materialized (
    select *, coalesce(d.stamp, d.occurred_at + case when d.occurred_at % 1000000 = 0 then 999999 else 0 end, d.arrived_at) as told_at
    from deliveries as d
    where connection = $1 and recovered = 0
)
select
    number,
    family,
    record,
    says,
    happened_at,
    seen_at,
    (
        select min(d.arrived_at)
        from told as d
        where
            d.family = l.family and d.record = l.record and d.arrived_at >= l.happened_at - 600000000
            and case when l.says = 'deleted' then d.says = 'deleted' else d.told_at >= l.happened_at end
    ) as announced_at,
    exists (
        select 1
        from told as d
        where
            d.family = l.family and d.record = l.record and d.arrived_at >= l.happened_at - 600000000 and d.says = l.says
            and (l.says <> 'changed' or d.told_at >= l.happened_at)
    ) as by_its_event
from ledger as l
where l.connection = $1 and l.seen_at >= $2
order by number
