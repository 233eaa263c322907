-- Who may do what: people, their sessions, one-time links, service tokens, and what was done. Times are microseconds since 1970-01-01
-- UTC. Of whatever lets somebody in there is a hash only.

create table users (
    id integer primary key autoincrement,
    name text not null unique,
    display_name text not null,
    role text not null,
    password text,
    disabled_at integer,
    created_at integer not null,
    signed_in_at integer
) strict;

create table sessions (
    hash text primary key,
    user_id integer not null references users (id) on delete cascade,
    created_at integer not null,
    seen_at integer not null,
    address text not null
) strict, without rowid;

create index sessions_by_user on sessions (user_id);

create table links (
    hash text primary key,
    purpose text not null,
    user_id integer references users (id) on delete cascade,
    ends_at integer not null
) strict, without rowid;

create index links_by_user on links (user_id);

create table tokens (
    id integer primary key autoincrement,
    name text not null,
    prefix text not null,
    hash text not null unique,
    scopes text not null,
    made_by text not null,
    made_at integer not null,
    ends_at integer,
    used_at integer
) strict;

create table audit (
    id integer primary key autoincrement,
    at integer not null,
    actor text not null,
    action text not null,
    subject text not null,
    detail text,
    address text not null
) strict;
