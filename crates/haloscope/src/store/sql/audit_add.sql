insert into audit (at, actor, action, subject, detail, address) values ($1, $2, $3, $4, $5, $6)
