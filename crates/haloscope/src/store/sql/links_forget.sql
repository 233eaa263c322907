delete from links where ends_at <= $1
