update tokens set used_at = $2 where id = $1
