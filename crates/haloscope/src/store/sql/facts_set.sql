update connections set facts = $2 where id = $1
