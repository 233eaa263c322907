-- How far reading is: tickets, those whose actions were read since they changed last, actions that HaloPSA showed, actions here.
with parents as ({parents})
select
    (select count(*) from parents),
    (
        select count(*)
        from parents
        join {schema}.action_reads reads on reads.ticket_id = parents.id and reads.deleted_at is null
        where reads.version = parents.version
    ),
    (select coalesce(sum(actions), 0)::bigint from {schema}.action_reads where deleted_at is null),
    (select count(*) from {schema}.actions where deleted_at is null)
