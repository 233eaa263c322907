select request_limit from learned_limits where system = $1
