select status, source, times, first_at, last_at
from refusals
where connection = $1 and last_at >= $2
order by last_at desc
limit 20
