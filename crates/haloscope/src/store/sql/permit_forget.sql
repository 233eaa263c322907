delete from permit_blocks where system = $1 and number < $2
