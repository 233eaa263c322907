delete from deliveries where number in (select value from json_each(?1))
