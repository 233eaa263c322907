delete from learned_limits where system = $1
