-- From the newest on, rather than all of a connection sorted.
with wanted as (
    select *
    from deliveries
    where
        connection = $1
        and (cast($2 as bigint) is null or number = $2)
        and (cast($3 as text) is null or event = $3)
        and (cast($4 as text) is null or state = $4)
        and (cast($5 as bigint) is null or record = $5)
        and (cast($7 as bigint) is null or number < $7)
        and (cast($8 as text) is null or cast(outcome as json) ->> 'did' in (select value ->> 'word' from json_each($8)))
        and (cast($9 as bigint) is null or arrived_at >= $9)
        and (cast($10 as bigint) is null or arrived_at < $10)
    order by number desc
    limit $6
)
select
    d.number, key, arrived_at, source, headers, case when d.number = $2 then substr(body, 1, 200000) end as body, words, event,
    record, occurred_at, visible_at, repeats, state, attempts, settled_at, outcome
from wanted as d
join delivery_bodies as b on b.number = d.number
order by d.number desc
