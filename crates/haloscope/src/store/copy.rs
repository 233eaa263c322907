//! A store is copied into another one, whichever engines the two have. Page by page in the order of the keys, so that what is there
//! already says where to go on; at the end each row of both sides is compared.

use serde::de::DeserializeOwned;

use super::connections::ConnectionId;
use super::engine::{AnyRow, Parameter, Store, StoreAddress, StoreReader, Value, from_json, transaction};
use super::error::{Result, StoreError};

/// A table, its key, and whether the store numbers its rows.
struct Copied {
    name: &'static str,
    key: &'static [&'static str],
    numbers: bool,
    /// Rows that are read at once: their values fit into memory, and into one statement of either engine.
    page: usize,
}

const fn table(name: &'static str, key: &'static [&'static str]) -> Copied {
    Copied { name, key, numbers: false, page: 500 }
}

const fn numbered(name: &'static str, key: &'static [&'static str]) -> Copied {
    Copied { numbers: true, ..table(name, key) }
}

/// All tables, those that others refer to first; but not sessions and links, which let somebody in where they were given.
const TABLES: [Copied; 17] = [
    numbered("connections", &["id"]),
    table("entity_states", &["connection", "entity"]),
    numbered("runs", &["id"]),
    table("observed", &["connection", "sequence", "identity"]),
    table("settings", &["name"]),
    table("permit_blocks", &["system", "number"]),
    table("learned_limits", &["system"]),
    table("callbacks", &["connection", "made_at"]),
    table("guards", &["connection"]),
    numbered("deliveries", &["number"]),
    // A body may have megabytes.
    Copied { page: 8, ..table("delivery_bodies", &["number"]) },
    table("refusals", &["connection", "status", "source"]),
    numbered("ledger", &["number"]),
    table("forgotten_deliveries", &["connection", "event"]),
    numbered("users", &["id"]),
    numbered("tokens", &["id"]),
    numbered("audit", &["id"]),
];

/// How far a copy has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copying {
    /// The table.
    pub table: &'static str,
    /// Rows that were copied, or compared.
    pub rows: u64,
    /// Rows that it has at the source.
    pub of: u64,
    /// Whether they are compared: all are copied then.
    pub compares: bool,
}

/// Hears how far a copy is, and answers whether to go on.
pub(super) type Told<'a> = &'a mut (dyn FnMut(Copying) -> bool + Send);

impl StoreReader {
    /// Connections with the schemas of their tables in the warehouse, oldest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn schemas(&mut self) -> Result<Vec<(ConnectionId, String)>> {
        let found: Vec<(i64, String)> =
            self.all("select id, warehouse_schema from connections order by id".to_owned(), &[]).await?;
        Ok(found.into_iter().map(|(id, schema)| (ConnectionId(id), schema)).collect())
    }

    /// How many people may sign in; none where the store is older than that.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn people(&mut self) -> Result<i64> {
        let has_users = !self.columns(&table("users", &["id"])).await?.is_empty();
        match has_users {
            true => Ok(self.one::<(i64,)>("select count(*) from users".to_owned(), &[]).await?.0),
            false => Ok(0),
        }
    }

    /// A setting, if it was ever set.
    ///
    /// # Errors
    /// As [`Store::setting_get`].
    pub async fn setting<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>> {
        let sql = "select value from settings where name = $1".to_owned();
        let found: Vec<(String,)> = self.all(sql, &[Parameter::from(name)]).await?;
        found.first().map(|(json,)| from_json("setting", json)).transpose()
    }

    /// Refuses a warehouse that ends before what this store has seen of it.
    ///
    /// # Errors
    /// [`StoreError::WarehouseBehind`].
    pub async fn check_behind(&mut self, identity: &str, last_commit: i64) -> Result<()> {
        let sql = "select coalesce(max(commit_number), 0) from observed where identity = $1".to_owned();
        let (seen,): (i64,) = self.one(sql, &[Parameter::from(identity)]).await?;
        // One commit may have been told of and never have happened.
        match seen > last_commit + 1 {
            true => Err(StoreError::WarehouseBehind { warehouse: last_commit, store: seen }),
            false => Ok(()),
        }
    }

    async fn columns(&mut self, table: &Copied) -> Result<Vec<String>> {
        let sql = match self.is_sqlite() {
            true => "select name from pragma_table_info($1) order by name",
            false => {
                "select column_name::text from information_schema.columns \
                 where table_schema = 'haloscope' and table_name = $1 order by column_name collate \"C\""
            }
        };
        let found: Vec<(String,)> = self.all(sql.to_owned(), &[Parameter::from(table.name)]).await?;
        Ok(found.into_iter().map(|(name,)| name).collect())
    }

    async fn count(&mut self, table: &Copied) -> Result<u64> {
        let (count,): (i64,) = self.one(format!("select count(*) from {}", table.name), &[]).await?;
        Ok(count.unsigned_abs())
    }

    /// Rows after a key, in the order of their keys.
    async fn page(&mut self, table: &Copied, columns: &[String], after: Option<&[Value]>) -> Result<Vec<AnyRow>> {
        let (columns, key) = (columns.join(", "), table.key.join(", "));
        let condition = after.map(|values| format!("where ({key}) > ({})", places(0, values.len())));
        let condition = condition.unwrap_or_default();
        let sql = format!("select {columns} from {} {condition} order by {key} limit {}", table.name, table.page);
        let parameters: Vec<Parameter<'_>> = after.into_iter().flatten().map(Parameter::from).collect();
        self.all(sql, &parameters).await
    }

    /// The last key.
    async fn last_key(&mut self, table: &Copied) -> Result<Option<Vec<Value>>> {
        let down: Vec<String> = table.key.iter().map(|name| format!("{name} desc")).collect();
        let sql = format!("select {} from {} order by {} limit 1", table.key.join(", "), table.name, down.join(", "));
        let rows: Vec<AnyRow> = self.all(sql, &[]).await?;
        Ok(rows.into_iter().next().map(|row| row.0))
    }

    /// The highest number that was ever given to a row.
    async fn last_number(&mut self, table: &Copied) -> Result<i64> {
        let sql = match self.is_sqlite() {
            true => "select coalesce(max(seq), 0) from sqlite_sequence where name = $1",
            false => {
                "select coalesce(max(last_value), 0)::bigint from pg_sequences \
                 where schemaname = 'haloscope' and sequencename like $1 || '\\_%\\_seq'"
            }
        };
        let (number,): (i64,) = self.one(sql.to_owned(), &[Parameter::from(table.name)]).await?;
        Ok(number)
    }
}

/// `$1, $2, ...`
fn places(first: usize, count: usize) -> String {
    (first + 1..=first + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

/// Values of a row's key.
fn key_of(table: &Copied, columns: &[String], row: &AnyRow) -> Vec<Value> {
    let position = |name: &&str| columns.iter().position(|column| column == name).expect("a key is of its columns");
    table.key.iter().map(|name| row.0[position(name)].clone()).collect()
}

impl Store {
    /// Copies all rows of another store into this one, which is at `address`, and compares each of them. What an earlier call that
    /// was stopped has copied stays. Answers how many rows there are.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] when it was not to go on, [`StoreError::Differs`] when rows are not the same.
    pub async fn fill_from(&self, from: &mut StoreReader, address: &StoreAddress, told: Told<'_>) -> Result<u64> {
        let mut rows = 0;
        for table in &TABLES {
            rows += self.fill_table(table, from, address, told).await?;
        }
        let mut here = StoreReader::open(address).await?;
        let mut compared = Ok(());
        for table in &TABLES {
            if compared.is_ok() {
                compared = compare(table, from, &mut here, told).await;
            }
        }
        here.close().await;
        compared.map(|()| rows)
    }

    /// Empties a store that no connection is in.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn clear(&self) -> Result<()> {
        transaction!(self, work, {
            for table in TABLES.iter().rev() {
                work.put(format!("delete from {}", table.name), &[]).await?;
            }
        })
    }

    /// Takes what another store says of the warehouses' state in place of what this one says: the states of entities, and what was found
    /// of each HaloPSA. It is older, and so nothing is taken for read that was not; of connections that it does not know nothing is left.
    ///
    /// # Errors
    /// When one cannot be read, or the other not be written.
    pub async fn take_states(&self, earlier: &mut StoreReader) -> Result<()> {
        let states = TABLES.iter().find(|table| table.name == "entity_states").expect("it is one of the tables");
        let columns = earlier.columns(states).await?;
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let page = earlier.page(states, &columns, after.as_deref()).await?;
            let Some(last) = page.last() else { break };
            after = Some(key_of(states, &columns, last));
            rows.extend(page);
        }
        let facts: Vec<AnyRow> = earlier.all("select facts, id from connections order by id".to_owned(), &[]).await?;
        transaction!(self, work, {
            work.put("delete from entity_states".to_owned(), &[]).await?;
            for row in &rows {
                let values: Vec<_> = row.0.iter().map(Parameter::from).collect();
                work.put(insertion(states, &columns, 1), &values).await?;
            }
            work.put("update connections set facts = null".to_owned(), &[]).await?;
            for row in &facts {
                let values: Vec<_> = row.0.iter().map(Parameter::from).collect();
                work.put("update connections set facts = $1 where id = $2".to_owned(), &values).await?;
            }
        })
    }

    async fn fill_table(
        &self,
        table: &Copied,
        from: &mut StoreReader,
        address: &StoreAddress,
        told: Told<'_>,
    ) -> Result<u64> {
        let columns = from.columns(table).await?;
        let of = from.count(table).await?;
        let mut here = StoreReader::open(address).await?;
        let mut rows = here.count(table).await?;
        let mut after = here.last_key(table).await?;
        here.close().await;
        loop {
            tell(told, Copying { table: table.name, rows, of, compares: false })?;
            let page = from.page(table, &columns, after.as_deref()).await?;
            let Some(last) = page.last() else { break };
            after = Some(key_of(table, &columns, last));
            let sql = insertion(table, &columns, page.len());
            let values: Vec<Parameter<'_>> = page.iter().flat_map(|row| &row.0).map(Parameter::from).collect();
            transaction!(self, work, {
                work.put(sql.clone(), &values).await?;
            })?;
            rows += page.len() as u64;
        }
        if table.numbers {
            let number = from.last_number(table).await?;
            self.go_on_after(table, number).await?;
        }
        Ok(of)
    }

    /// Sees to it that no number is given again.
    async fn go_on_after(&self, table: &Copied, number: i64) -> Result<()> {
        if number == 0 {
            return Ok(());
        }
        let Copied { name, key, .. } = table;
        transaction!(self, work, {
            if work.is_sqlite() {
                work.put(format!("delete from sqlite_sequence where name = '{name}'"), &[]).await?;
                work.put(
                    format!("insert into sqlite_sequence (name, seq) values ('{name}', $1)"),
                    &[Parameter::from(number)],
                )
                .await?;
            } else {
                let sql = format!("select setval(pg_get_serial_sequence('haloscope.{name}', '{}'), $1)", key[0]);
                work.put(sql, &[Parameter::from(number)]).await?;
            }
        })
    }
}

fn insertion(table: &Copied, columns: &[String], rows: usize) -> String {
    let row = |number: usize| format!("({})", places(number * columns.len(), columns.len()));
    let all: Vec<String> = (0..rows).map(row).collect();
    format!("insert into {} ({}) values {}", table.name, columns.join(", "), all.join(", "))
}

/// Compares each row of a table.
async fn compare(table: &Copied, from: &mut StoreReader, here: &mut StoreReader, told: Told<'_>) -> Result<()> {
    let columns = from.columns(table).await?;
    let of = from.count(table).await?;
    let (mut rows, mut after) = (0, None::<Vec<Value>>);
    loop {
        tell(told, Copying { table: table.name, rows, of, compares: true })?;
        let theirs = from.page(table, &columns, after.as_deref()).await?;
        let ours = here.page(table, &columns, after.as_deref()).await?;
        if theirs != ours {
            return Err(StoreError::Differs { table: table.name });
        }
        let Some(last) = theirs.last() else { return Ok(()) };
        after = Some(key_of(table, &columns, last));
        rows += theirs.len() as u64;
    }
}

fn tell(told: &mut (dyn FnMut(Copying) -> bool + Send), copying: Copying) -> Result<()> {
    if told(copying) { Ok(()) } else { Err(StoreError::Stopped) }
}
