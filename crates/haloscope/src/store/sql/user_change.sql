-- One administrator who is not disabled always stays.
update users set display_name = $2, role = $3, disabled_at = $4
where
    id = $1
    and (
        ($3 = 'administrator' and cast($4 as bigint) is null)
        or exists (select 1 from users as other where other.id <> $1 and other.role = 'administrator' and other.disabled_at is null)
        or not exists (select 1 from users as own where own.id = $1 and own.role = 'administrator' and own.disabled_at is null)
    )
