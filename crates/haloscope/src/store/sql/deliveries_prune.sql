delete from deliveries where connection = ?1 and state <> 'waiting' and arrived_at < ?2
