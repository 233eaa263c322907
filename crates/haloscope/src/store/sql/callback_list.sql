select made_at, ends_at, sealed_secret from callbacks where connection = $1 and (ends_at is null or ends_at > $2)
order by made_at desc
