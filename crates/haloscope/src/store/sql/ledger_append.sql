insert into ledger (connection, identity, commit_number, family, record, says, happened_at, seen_at)
select
    $1, $2, $3,
    value ->> 'family',
    cast(value ->> 'record' as bigint),
    value ->> 'says',
    cast(value ->> 'happened_at' as bigint),
    cast(value ->> 'seen_at' as bigint)
from json_each($4)
