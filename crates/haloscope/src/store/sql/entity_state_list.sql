select entity, state, updated_at from entity_states where connection = $1 order by entity
