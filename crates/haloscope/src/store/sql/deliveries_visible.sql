update deliveries
set visible_at = $2
where number in (select cast(cast(value as text) as bigint) from json_each($1)) and visible_at is null
