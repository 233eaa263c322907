select id, name, prefix, scopes, made_by, made_at, ends_at, used_at
from tokens
where hash = $1 and (ends_at is null or ends_at > $2)
