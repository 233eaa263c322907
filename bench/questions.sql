-- Twelve questions that a service desk asks of its tickets. Each engine gets the same text, and must give the same answer: no
-- value here depends on how an engine writes a time, a fraction or true. The day is 2026-11-24, that of the simulated records.

-- backlog: open tickets by team and status
select team, status_name, count(*) as tickets from halo.tickets
where dateclosed is null and deleted_at is null
group by team, status_name order by tickets desc, team, status_name;

-- created: tickets created per day, last 90 days
select cast(date_trunc('day', dateoccurred) as date) as day, count(*) as tickets from halo.tickets
where dateoccurred >= timestamptz '2026-08-26 00:00:00+00' and deleted_at is null
group by 1 order by 1;

-- breaches: tickets closed late by client, a year
select client_name, count(*) as closed, count(*) filter (where dateclosed > fixbydate) as late from halo.tickets
where dateclosed >= timestamptz '2025-11-24 00:00:00+00' and fixbydate is not null and deleted_at is null
group by client_name order by late desc, closed desc, client_name limit 20;

-- response: median minutes until the first response by month and priority, a year
select cast(date_trunc('month', dateoccurred) as date) as month, priority_id,
    cast(floor(percentile_cont(0.5) within group (order by extract(epoch from responsedate - dateoccurred)) / 60) as bigint)
        as minutes
from halo.tickets
where responsedate is not null and dateoccurred >= timestamptz '2025-11-01 00:00:00+00' and deleted_at is null
group by 1, 2 order by 1, 2;

-- reopened: share of tickets, once closed, that are open again, by month, in tenths of a percent
select cast(date_trunc('month', dateoccurred) as date) as month, count(*) as once_closed,
    cast(floor(1000.0 * count(*) filter (where dateclosed is null) / count(*)) as bigint) as open_again
from halo.tickets where hasbeenclosed and deleted_at is null
group by 1 order by 1;

-- clients: those with most tickets this year, and their hours
select client_id, client_name, count(*) as tickets, cast(round(sum(timetaken)) as bigint) as hours from halo.tickets
where dateoccurred >= timestamptz '2026-01-01 00:00:00+00' and deleted_at is null
group by client_id, client_name order by tickets desc, client_id limit 10;

-- agents: closed in 30 days, and how many in time
select agent_name, count(*) as closed, count(*) filter (where dateclosed <= fixbydate) as in_time from halo.tickets
where dateclosed >= timestamptz '2026-10-25 00:00:00+00' and deleted_at is null
group by agent_name order by closed desc, agent_name;

-- ageing: open tickets by age
select case when dateoccurred >= timestamptz '2026-11-23 17:00:00+00' then '0-1'
            when dateoccurred >= timestamptz '2026-11-21 17:00:00+00' then '1-3'
            when dateoccurred >= timestamptz '2026-11-17 17:00:00+00' then '3-7'
            when dateoccurred >= timestamptz '2026-11-10 17:00:00+00' then '7-14'
            when dateoccurred >= timestamptz '2026-10-25 17:00:00+00' then '14-30' else '30+' end as days,
    count(*) as tickets, count(*) filter (where onhold) as on_hold from halo.tickets
where dateclosed is null and deleted_at is null
group by 1 order by 1;

-- words: tickets whose summary holds a word, by year
select cast(date_trunc('year', dateoccurred) as date) as year, count(*) as tickets, max(id) as newest from halo.tickets
where summary ilike '%printer%' and deleted_at is null
group by 1 order by 1;

-- client: the newest 100 tickets of one client
select id, summary, status_name, agent_name, priority_id, cast(floor(extract(epoch from dateoccurred)) as bigint) as created
from halo.tickets where client_id = 12 and deleted_at is null
order by dateoccurred desc nulls last, id desc limit 100;

-- changed: the 50 tickets that changed last
select id, summary, status_name, agent_name, client_name, cast(floor(extract(epoch from last_update)) as bigint) as changed
from halo.tickets where deleted_at is null
order by last_update desc nulls last, id desc limit 50;

-- contacts: different people with a ticket, by month
select cast(date_trunc('month', dateoccurred) as date) as month, count(distinct user_id) as people from halo.tickets
where deleted_at is null
group by 1 order by 1;
