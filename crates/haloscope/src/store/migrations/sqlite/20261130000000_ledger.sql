-- What happened to records that webhooks tell of, and how it compares with what was told. Times are microseconds since 1970-01-01
-- UTC.

-- Seen by reading, in the commit of the warehouse of that identity. `happened_at` is the record's own time of it; where records
-- have none, a moment before it.
create table ledger (
    number integer primary key autoincrement,
    connection integer not null references connections (id),
    identity text not null,
    commit_number integer not null,
    family text not null,
    record integer not null,
    says text not null,
    happened_at integer not null,
    seen_at integer not null
) strict;

create index ledger_by_commit on ledger (connection, identity, commit_number);
create index ledger_by_time on ledger (connection, seen_at);

-- Time of last change of the record that a delivery carried.
alter table deliveries add column stamp integer;

-- When the warehouse showed what a delivery tells of, from the delivery itself or from an answer.
alter table deliveries add column visible_at integer;

-- Whether it did not come by itself, but was fetched from HaloPSA's log.
alter table deliveries add column recovered integer not null default 0;

create index deliveries_open on deliveries (connection, state) where state <> 'settled';
create index deliveries_by_arrival on deliveries (arrived_at);

-- Deliveries that are no longer kept, counted by event; the event is empty where it was unknown.
create table forgotten_deliveries (
    connection integer not null references connections (id),
    event text not null,
    times integer not null,
    first_at integer not null,
    last_at integer not null,
    primary key (connection, event)
) strict, without rowid;

-- What was posted, apart from what becomes of it: deliveries are written again when they are settled, their bodies never.
create table delivery_bodies (
    number integer primary key references deliveries (number) on delete cascade,
    headers text not null,
    body text not null
) strict;

insert into delivery_bodies (number, headers, body) select number, headers, body from deliveries;
alter table deliveries drop column headers;
alter table deliveries drop column body;
