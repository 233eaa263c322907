update deliveries
set state = 'waiting', settled_at = null, outcome = null
where connection = ?1 and state <> 'waiting' and (number = ?2 or (?2 is null and state = 'dead'))
