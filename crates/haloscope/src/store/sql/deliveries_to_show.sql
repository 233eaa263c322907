-- Deliveries that wait; with their body where they carry their record with its time of change. Very large ones are left to the
-- answer.
select
    number, coalesce(family, '') as family, coalesce(record, 0) as record,
    case
        when stamp is not null and record is not null and says <> 'deleted'
            then (select body from delivery_bodies as b where b.number = d.number and length(body) <= 262144)
    end as body
from deliveries as d
where number > $2 and +connection = $1 and state = 'waiting'
order by number
limit $3
