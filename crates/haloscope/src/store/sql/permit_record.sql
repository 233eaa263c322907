insert into permit_blocks (system, number, permits, in_flight, recorded_at)
values ($1, $2, $3, $4, $5)
on conflict (system, number) do update set
    permits = excluded.permits, in_flight = excluded.in_flight, recorded_at = excluded.recorded_at
