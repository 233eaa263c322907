insert into ledger (connection, identity, commit_number, family, record, says, happened_at, seen_at)
select
    ?1, ?2, ?3, value ->> 'family', value ->> 'record', value ->> 'says', value ->> 'happened_at', value ->> 'seen_at'
from json_each(?4)
