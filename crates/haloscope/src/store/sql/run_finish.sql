update runs set finished_at = $2, outcome = $3, summary = $4 where id = $1
