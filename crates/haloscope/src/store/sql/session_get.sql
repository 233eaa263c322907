select s.created_at, s.seen_at, u.id, u.name, u.display_name, u.role
from sessions as s
join users as u on u.id = s.user_id
where s.hash = $1 and u.disabled_at is null
