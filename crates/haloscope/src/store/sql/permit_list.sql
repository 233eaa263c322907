select number, permits, in_flight, recorded_at from permit_blocks where system = $1 order by number
