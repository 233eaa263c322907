delete from runs
where connection = $1 and id <= (select id from runs where connection = $1 order by id desc limit 1 offset $2)
