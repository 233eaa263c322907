-- Times are microseconds since 1970-01-01 UTC. Columns of JSON are read by the code that wrote them.

create table connections (
    id integer primary key autoincrement,
    name text not null unique,
    warehouse_schema text not null unique,
    auth_url text not null,
    resource_url text not null,
    tenant text,
    client_id text not null,
    sealed_secret blob not null,
    allow_private_address integer not null,
    request_limit integer not null,
    window_seconds integer not null,
    reserve_percent integer not null,
    created_at integer not null,
    facts text
) strict;

create table entity_states (
    connection integer not null references connections (id),
    entity text not null,
    state text not null,
    updated_at integer not null,
    primary key (connection, entity)
) strict, without rowid;

create table runs (
    id integer primary key autoincrement,
    connection integer not null references connections (id),
    kind text not null,
    started_at integer not null,
    finished_at integer,
    outcome text,
    summary text
) strict;

create index runs_by_connection on runs (connection, id);
create index runs_open on runs (id) where outcome is null;

-- Append only: what no API gives again. Commits and sequences are those of the warehouse of that identity.
create table observed (
    connection integer not null references connections (id),
    sequence integer not null,
    identity text not null,
    commit_number integer not null,
    kind text not null,
    body text not null,
    primary key (connection, sequence, identity)
) strict;

create index observed_by_commit on observed (connection, identity, commit_number);

create table settings (
    name text primary key,
    value text not null
) strict, without rowid;

-- Permits to send requests to one HaloPSA, recorded before use; `system` names the HaloPSA.
create table permit_blocks (
    system text not null,
    number integer not null,
    permits integer not null,
    in_flight integer not null,
    recorded_at integer not null,
    primary key (system, number)
) strict, without rowid;

create table learned_limits (
    system text primary key,
    request_limit integer not null
) strict, without rowid;
