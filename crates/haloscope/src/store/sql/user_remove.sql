-- One administrator who is not disabled always stays.
delete from users
where
    id = $1
    and (
        role <> 'administrator'
        or disabled_at is not null
        or exists (select 1 from users as other where other.id <> $1 and other.role = 'administrator' and other.disabled_at is null)
    )
