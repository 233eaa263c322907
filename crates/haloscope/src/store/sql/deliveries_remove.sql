delete from deliveries where connection = $1 and key = $2
