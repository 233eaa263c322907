delete from deliveries where number in (select cast(cast(value as text) as bigint) from json_each($1))
