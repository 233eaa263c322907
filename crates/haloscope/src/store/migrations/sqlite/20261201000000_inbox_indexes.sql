-- What waits is looked for by when it is due: what is tried again later must not be passed each time. Each index costs each
-- delivery, so there is none that only counting would use.
drop index deliveries_open;
drop index deliveries_waiting;
drop index deliveries_by_event;
create index deliveries_due on deliveries (connection, due_at) where state = 'waiting';
create index deliveries_dead on deliveries (connection) where state = 'dead';
create index deliveries_unknown on deliveries (connection, arrived_at) where event is null;
