-- New ones first, then those that are due again. Without those about records (family, colon and id) that are left out.
select number, arrived_at, family, says, record, occurred_at, attempts
from deliveries
where
    connection = $1 and state = 'waiting' and due_at <= $2
    and coalesce(family || ':' || record, '') not in (select value ->> 'record' from json_each($4))
order by due_at, number
limit $3
