-- Webhooks: where HaloPSA posts to, what arrived, and what was turned away. Times are microseconds since 1970-01-01 UTC.

-- Addresses that HaloPSA posts to. The one without an end is shown; an older one is accepted until its end.
create table callbacks (
    connection integer not null references connections (id),
    made_at integer not null,
    ends_at integer,
    sealed_secret blob not null,
    primary key (connection, made_at)
) strict, without rowid;

-- What posts must carry beside the secret in their address.
create table guards (
    connection integer primary key references connections (id),
    sealed blob not null
) strict;

-- The inbox. `words` is the event's name as it came, `event` the one of the eleven that it means, `says` what that says of
-- the record.
create table deliveries (
    number integer primary key autoincrement,
    connection integer not null references connections (id),
    key text not null,
    arrived_at integer not null,
    source text not null,
    headers text not null,
    body text not null,
    words text,
    event text,
    family text,
    says text,
    record integer,
    occurred_at integer,
    repeats integer not null default 0,
    state text not null default 'waiting',
    attempts integer not null default 0,
    due_at integer not null default 0,
    settled_at integer,
    outcome text,
    unique (connection, key)
) strict;

create index deliveries_waiting on deliveries (connection, number) where state = 'waiting';
create index deliveries_by_event on deliveries (connection, event, arrived_at);
create index deliveries_by_record on deliveries (connection, family, record, arrived_at);

-- Posts that were turned away, counted by who sent them. `connection` is 0 where the address names none.
create table refusals (
    connection integer not null,
    status integer not null,
    source text not null,
    times integer not null,
    first_at integer not null,
    last_at integer not null,
    primary key (connection, status, source)
) strict, without rowid;
