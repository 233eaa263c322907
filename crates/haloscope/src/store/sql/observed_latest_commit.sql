select coalesce(max(commit_number), 0) from observed where connection = $1 and identity = $2
