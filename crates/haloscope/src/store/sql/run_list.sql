select id, kind, started_at, finished_at, outcome, summary
from runs
where connection = $1
order by id desc
limit $2
