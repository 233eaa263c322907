-- Tickets whose actions are to be read, those that were read before first.
-- Parameters: from when on a closed ticket is recent; whether open and recent ones count; whether older ones do; how many at
-- most.
with parents as ({parents})
select
    parents.id,
    parents.version,
    reads.details,
    {known} as was_read,
    coalesce($2 and (parents.is_open or parents.touched >= $1), false) as is_current
from parents
left join {schema}.action_reads reads on reads.ticket_id = parents.id and reads.deleted_at is null
where
    {stale}
    and ({known} or ($2 and (parents.is_open or parents.touched >= $1)) or $3)
order by was_read desc, parents.is_open desc, parents.touched desc, parents.id desc
limit $4
