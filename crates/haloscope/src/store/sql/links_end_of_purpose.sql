delete from links where purpose = $1 and coalesce(user_id, 0) = coalesce(cast($2 as bigint), 0)
