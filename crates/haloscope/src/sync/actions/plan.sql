-- Tickets whose actions are to be read, those that were read before first.
-- Parameters: from when on a closed ticket is recent, twice; whether older tickets count; how many at most.
with parents as ({parents})
select
    parents.id,
    parents.version,
    reads.texts,
    reads.version is not null as was_read,
    coalesce(parents.is_open or parents.touched >= ?, false) as is_current
from parents
left join {schema}.action_reads reads on reads.ticket_id = parents.id and reads.deleted_at is null
where
    {stale}
    and ({known} or parents.is_open or parents.touched >= ? or ?)
order by was_read desc, parents.is_open desc, parents.touched desc, parents.id desc
limit ?
