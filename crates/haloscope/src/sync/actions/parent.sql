select
    id,
    concat_ws('/', epoch_us(last_update), epoch_us(lastactiondate), timetaken) as version,
    hasbeenclosed is not true as is_open,
    coalesce(greatest(lastactiondate, last_update), dateoccurred) as touched
from {schema}.{table}
where deleted_at is null
