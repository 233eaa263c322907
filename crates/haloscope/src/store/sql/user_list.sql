select id, name, display_name, role, password, disabled_at, created_at, signed_in_at
from users
order by name
