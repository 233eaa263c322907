-- Actions and notes of reading whose ticket is gone.
with parents as ({parents})
select actions.ticket_id, actions.id
from {schema}.actions actions
where
    actions.deleted_at is null
    and not exists (select 1 from parents where parents.id = actions.ticket_id)
union all
select reads.ticket_id, null
from {schema}.action_reads reads
where
    reads.deleted_at is null
    and not exists (select 1 from parents where parents.id = reads.ticket_id)
