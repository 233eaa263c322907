select purpose, user_id from links where hash = $1 and ends_at > $2
