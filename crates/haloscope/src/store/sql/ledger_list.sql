-- A delivery announces what had happened when it was made: the record that it carries says so best. Ids are not used again, so a
-- delivery that says created or deleted belongs to the one time that happened.
select
    number,
    family,
    record,
    says,
    happened_at,
    seen_at,
    (
        select min(d.arrived_at)
        from deliveries as d
        where
            d.connection = l.connection and d.family = l.family and d.record = l.record
            and iif(l.says = 'deleted', d.says = 'deleted', coalesce(d.stamp, d.occurred_at, d.arrived_at) >= l.happened_at)
    ) as announced_at,
    exists (
        select 1
        from deliveries as d
        where
            d.connection = l.connection and d.family = l.family and d.record = l.record and d.says = l.says
            and (l.says <> 'changed' or coalesce(d.stamp, d.occurred_at, d.arrived_at) >= l.happened_at)
    ) as by_its_event
from ledger as l
where l.connection = ?1 and l.seen_at >= ?2
order by number
