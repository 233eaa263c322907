insert into delivery_bodies (number, headers, body)
select d.number, posted.value ->> 'headers', posted.value ->> 'body'
from json_each($1) as posted
join deliveries as d
    on d.connection = cast(posted.value ->> 'connection' as bigint) and d.key = posted.value ->> 'key'
where true
on conflict (number) do nothing
