update deliveries
set state = 'waiting', attempts = 0, due_at = 0, settled_at = null, outcome = null
where connection = ?1 and state <> 'waiting' and (number = ?2 or (?2 is null and state = 'dead'))
