-- A key that is known already is another attempt of the same delivery. It is followed again when the first one came to nothing,
-- or when the key is only a hash of the content: the same may have happened twice.
-- Those that are fetched from HaloPSA's log ($2) may only be new.
insert into deliveries (
    connection, key, arrived_at, source, words, event, family, says, record, occurred_at, stamp,
    recovered
)
select
    cast(value ->> 'connection' as bigint),
    value ->> 'key',
    cast(value ->> 'arrived_at' as bigint),
    value ->> 'source',
    value ->> 'words',
    value ->> 'event',
    value ->> 'family',
    value ->> 'says',
    cast(value ->> 'record' as bigint),
    cast(value ->> 'occurred_at' as bigint),
    cast(value ->> 'stamp' as bigint),
    $2
from json_each($1)
where true
on conflict (connection, key) do update set
    repeats = deliveries.repeats + 1,
    recovered = 0,
    arrived_at = case
        when deliveries.recovered = 1 or deliveries.key like 'content-%' then excluded.arrived_at
        else deliveries.arrived_at
    end,
    attempts = case when deliveries.state = 'dead' or deliveries.key like 'content-%' then 0 else deliveries.attempts end,
    due_at = case when deliveries.state = 'dead' or deliveries.key like 'content-%' then 0 else deliveries.due_at end,
    state = case
        when deliveries.state = 'dead' or deliveries.key like 'content-%' then 'waiting'
        else deliveries.state
    end
where $2 = 0
