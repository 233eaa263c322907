create schema if not exists _warehouse;

create table if not exists _warehouse.state (
    layout bigint not null,
    identity varchar not null,
    last_commit bigint not null,
    last_sequence bigint not null,
    highest_tick bigint not null
);

create table if not exists _warehouse.cursors (name varchar not null, value varchar not null);

-- Definitions of the tables, as JSON: rivals are known by name only.
create table if not exists _warehouse.tables (schema_name varchar not null, table_name varchar not null, definition varchar not null);
