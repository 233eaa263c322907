select entity, state, updated_at from entity_states where connection = $1 and entity = $2
