select sealed from guards where connection = $1
