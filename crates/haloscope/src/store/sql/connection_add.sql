-- The first connection has the schema `halo`, later ones carry their number.
with next (id) as (
    select coalesce((select seq from sqlite_sequence where name = 'connections'), 0) + 1
)
insert into connections (
    id, name, warehouse_schema, auth_url, resource_url, tenant, client_id, sealed_secret, allow_private_address,
    request_limit, window_seconds, reserve_percent, created_at
)
select id, ?1, iif(id = 1, 'halo', 'halo_' || id), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
from next
returning id, name, warehouse_schema, auth_url, resource_url, tenant, client_id, sealed_secret, allow_private_address,
    request_limit, window_seconds, reserve_percent, created_at
