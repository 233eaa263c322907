select id, name, warehouse_schema, auth_url, resource_url, tenant, client_id, sealed_secret, allow_private_address,
    request_limit, window_seconds, reserve_percent, created_at
from connections
order by id
