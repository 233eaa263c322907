select coalesce(words, '') as words, count(*) as times, max(arrived_at) as last_at
from deliveries
where connection = $1 and event is null and words is distinct from 'haloscope test'
group by 1
order by last_at desc
limit 20
