select id, at, actor, action, subject, detail, address
from audit
where cast($1 as bigint) is null or id < $1
order by id desc
limit $2
