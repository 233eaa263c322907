insert into observed (connection, identity, commit_number, sequence, kind, body)
select ?1, ?2, ?3, value ->> 'sequence', iif(value ->> 'field' = 'deleted_at', 'tombstone', 'change'), value
from json_each(?4)
