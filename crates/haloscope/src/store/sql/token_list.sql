select id, name, prefix, scopes, made_by, made_at, ends_at, used_at
from tokens
order by id desc
