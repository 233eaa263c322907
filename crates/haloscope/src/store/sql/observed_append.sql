insert into observed (connection, identity, commit_number, sequence, kind, body)
select
    $1, $2, $3,
    cast(value ->> 'sequence' as bigint),
    value ->> 'kind',
    value ->> 'body'
from json_each($4)
