select min(made_at) from callbacks where connection = $1
