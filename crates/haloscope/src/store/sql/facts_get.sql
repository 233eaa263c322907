select facts from connections where id = $1
