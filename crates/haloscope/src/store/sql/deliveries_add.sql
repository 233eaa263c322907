-- A key that is known already is another attempt of the same delivery.
insert into deliveries (
    connection, key, arrived_at, source, headers, body, words, event, family, says, record, occurred_at
)
select
    value ->> 'connection',
    value ->> 'key',
    value ->> 'arrived_at',
    value ->> 'source',
    value ->> 'headers',
    value ->> 'body',
    value ->> 'words',
    value ->> 'event',
    value ->> 'family',
    value ->> 'says',
    value ->> 'record',
    value ->> 'occurred_at'
from json_each(?1)
where true
on conflict (connection, key) do update set repeats = repeats + 1
