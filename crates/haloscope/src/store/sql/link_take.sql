delete from links where hash = $1 and ends_at > $2
