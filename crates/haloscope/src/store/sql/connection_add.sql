-- The first connection has the schema `halo`, later ones carry their number. None is ever removed, so no number comes again.
with next (id) as (
    select coalesce(max(id), 0) + 1 from connections
)
insert into connections (
    id, name, warehouse_schema, auth_url, resource_url, tenant, client_id, sealed_secret, allow_private_address,
    request_limit, window_seconds, reserve_percent, created_at
)
select id, $1, case when id = 1 then 'halo' else 'halo_' || id end, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
from next
returning id, name, warehouse_schema, auth_url, resource_url, tenant, client_id, sealed_secret, allow_private_address,
    request_limit, window_seconds, reserve_percent, created_at
