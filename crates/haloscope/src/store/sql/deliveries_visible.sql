update deliveries
set visible_at = ?2
where number in (select value from json_each(?1)) and visible_at is null
