select sequence, identity, commit_number, body
from observed
where connection = $1 and (sequence, identity) > ($2, $3)
order by sequence, identity
limit $4
