select number from deliveries where arrived_at < $1 order by arrived_at limit $2
