insert into entity_states (connection, entity, state, updated_at)
values ($1, $2, $3, $4)
on conflict (connection, entity) do update set state = excluded.state, updated_at = excluded.updated_at
