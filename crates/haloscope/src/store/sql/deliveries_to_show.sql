-- Deliveries that wait and carry their record with its time of change. Very large ones are left to the answer.
select d.number, family, record, body
from deliveries as d
join delivery_bodies as b on b.number = d.number
where connection = ?1 and d.number > ?2 and state = 'waiting' and stamp is not null and record is not null and says <> 'deleted'
    and length(body) <= 262144
order by d.number
limit ?3
