delete from refusals where last_at < $1
