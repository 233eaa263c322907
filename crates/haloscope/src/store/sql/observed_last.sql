select coalesce(max(commit_number), 0), coalesce(max(sequence), 0) from observed where connection = $1
