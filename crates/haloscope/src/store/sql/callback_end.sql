update callbacks set ends_at = $2 where connection = $1 and ends_at is null
