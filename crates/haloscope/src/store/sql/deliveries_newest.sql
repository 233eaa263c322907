select number
from deliveries
where +connection = $1
order by number desc
limit 1
