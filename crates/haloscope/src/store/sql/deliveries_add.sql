-- A key that is known already is another attempt of the same delivery. It is followed again when the first one came to nothing,
-- or when the key is only a hash of the content: the same may have happened twice.
-- Those that are fetched from HaloPSA's log (?2) may only be new.
insert into deliveries (
    connection, key, arrived_at, source, words, event, family, says, record, occurred_at, stamp,
    recovered
)
select
    value ->> 'connection',
    value ->> 'key',
    value ->> 'arrived_at',
    value ->> 'source',
    value ->> 'words',
    value ->> 'event',
    value ->> 'family',
    value ->> 'says',
    value ->> 'record',
    value ->> 'occurred_at',
    value ->> 'stamp',
    ?2
from json_each(?1)
where true
on conflict (connection, key) do update set
    repeats = repeats + 1,
    recovered = 0,
    arrived_at = iif(recovered or key like 'content-%', excluded.arrived_at, arrived_at),
    attempts = iif(state = 'dead' or key like 'content-%', 0, attempts),
    due_at = iif(state = 'dead' or key like 'content-%', 0, due_at),
    state = iif(state = 'dead' or key like 'content-%', 'waiting', state)
where not ?2
