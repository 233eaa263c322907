update connections
set name = $1, auth_url = $2, resource_url = $3, tenant = $4, client_id = $5, sealed_secret = $6,
    allow_private_address = $7, request_limit = $8, window_seconds = $9, reserve_percent = $10
where id = $11
