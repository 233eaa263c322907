//! The engine's own tables, in the schema `_warehouse`.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use duckdb::{Connection, params};

use super::{sql, stage::Columns};
use crate::{Error, Result, Table, error::Doing};

/// Layout of the tables in `layout.sql`; rises when an older version could not read them any more.
const LAYOUT: i64 = 2;

/// What each transaction of the writer begins with.
pub(super) struct State {
    pub(super) progress: Progress,
    /// Of the process that writes to a lake; see [`super::lake::Lake::take_over`].
    pub(super) token: Option<String>,
}

/// Numbers that rise over the whole life of a warehouse.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    pub(super) commit: i64,
    pub(super) sequence: i64,
    pub(super) tick: i64,
}

/// Creates what is missing, refuses files of newer versions, and returns the file's identity.
pub(super) fn prepare(connection: &Connection) -> Result<String> {
    let action = "read its layout";
    let found = connection
        .query_row(
            "select count(*) from duckdb_tables() where database_name = current_database() and schema_name = '_warehouse' \
             and table_name = 'state'",
            [],
            |row| row.get::<_, i64>(0),
        )
        .doing(action)?;
    if found == 0 {
        let transaction = connection.unchecked_transaction().doing(action)?;
        transaction.execute_batch(include_str!("layout.sql")).doing("create its layout")?;
        transaction
            .execute("insert into _warehouse.state values (?, uuid()::varchar, 0, 0, 0)", [LAYOUT])
            .doing("create its layout")?;
        transaction.commit().doing("create its layout")?;
    }
    // The version alone first: a newer layout may have renamed everything else.
    let layout: i64 =
        connection.query_row("select layout from _warehouse.state", [], |row| row.get(0)).doing(action)?;
    check(layout)?;
    if layout == 1 {
        mark_provisional(connection)?;
    }
    connection.query_row("select identity from _warehouse.state", [], |row| row.get(0)).doing(action)
}

/// Refuses a layout of newer versions.
pub(super) fn check(layout: i64) -> Result<()> {
    if layout > LAYOUT { Err(Error::NewerLayout { found: layout, known: LAYOUT }) } else { Ok(()) }
}

/// Refuses any other layout than the present one, where a warehouse is only to be read.
pub(super) fn check_present(layout: i64) -> Result<()> {
    check(layout)?;
    if layout < LAYOUT { Err(Error::OlderLayout) } else { Ok(()) }
}

/// Layout 2 marks rows that were only told of.
fn mark_provisional(connection: &Connection) -> Result<()> {
    let action = "bring its layout up to date";
    let transaction = connection.unchecked_transaction().doing(action)?;
    let names: Vec<(String, String)> = transaction
        .prepare("select schema_name, table_name from _warehouse.tables")
        .doing(action)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .doing(action)?
        .collect::<duckdb::Result<_>>()
        .doing(action)?;
    for (schema, name) in names {
        let table = sql::qualified(&schema, &name);
        let statement = format!("alter table {table} add column if not exists _provisional varchar");
        transaction.execute_batch(&statement).doing(action)?;
    }
    transaction.execute_batch("update _warehouse.state set layout = 2").doing(action)?;
    transaction.commit().doing(action)
}

/// In a lake each question costs some milliseconds, so there is one.
pub(super) fn state(connection: &Connection, in_lake: bool) -> Result<State> {
    let token = if in_lake { "token" } else { "null" };
    let query = format!("select last_commit, last_sequence, highest_tick, {token} from _warehouse.state");
    let read = |row: &duckdb::Row<'_>| {
        let progress = Progress { commit: row.get(0)?, sequence: row.get(1)?, tick: row.get(2)? };
        Ok(State { progress, token: row.get(3)? })
    };
    connection.query_row(&query, [], read).doing("read its progress")
}

pub(super) fn progress(connection: &Connection) -> Result<Progress> {
    Ok(state(connection, false)?.progress)
}

/// Raises each number to at least the given one.
pub(super) fn raise(connection: &Connection, floor: Progress) -> Result<()> {
    connection
        .execute(
            "update _warehouse.state set last_commit = greatest(last_commit, ?), \
             last_sequence = greatest(last_sequence, ?), highest_tick = greatest(highest_tick, ?)",
            params![floor.commit, floor.sequence, floor.tick],
        )
        .doing("store its progress")?;
    Ok(())
}

/// Stores cursors, the last value of each; one without a value is forgotten.
pub(super) fn set_cursors(connection: &Connection, cursors: &[(String, Option<String>)]) -> Result<()> {
    if cursors.is_empty() {
        return Ok(());
    }
    let last: BTreeMap<&str, Option<&str>> = cursors.iter().map(|(name, value)| (&**name, value.as_deref())).collect();
    let staged = Columns::default()
        .texts("name", last.keys().map(|name| Some(*name)))
        .texts("value", last.values().copied())
        .place();
    let old = format!("delete from _warehouse.cursors where name in (select name from {staged})");
    let new = format!("insert into _warehouse.cursors select name, value from {staged} where value is not null");
    connection.execute(&old, []).doing("store cursors")?;
    connection.execute(&new, []).doing("store cursors")?;
    Ok(())
}

/// Definitions under which tables were last ensured, read when they are first needed. Only the connection that writes changes
/// them.
#[derive(Default)]
pub(super) struct Definitions(Option<HashMap<(String, String), Arc<Table>>>);

impl Definitions {
    /// The definition of a table; none when it was never ensured.
    pub(super) fn of(&mut self, connection: &Connection, schema: &str, name: &str) -> Result<Option<Arc<Table>>> {
        let known = match self.0.take() {
            Some(known) => known,
            None => read_definitions(connection)?,
        };
        let known = self.0.insert(known);
        Ok(known.get(&(schema.to_owned(), name.to_owned())).cloned())
    }

    /// Forgets what may have changed.
    pub(super) fn forget(&mut self) {
        self.0 = None;
    }
}

fn read_definitions(connection: &Connection) -> Result<HashMap<(String, String), Arc<Table>>> {
    let action = "read the tables' definitions";
    let query = "select schema_name, table_name, definition from _warehouse.tables";
    let mut statement = connection.prepare(query).doing(action)?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))
        .doing(action)?
        .collect::<duckdb::Result<Vec<_>>>()
        .doing(action)?;
    // A definition of another version that cannot be read is as good as none: it is written again by `ensure`.
    let readable = |(schema, name, text): (String, String, String)| {
        Some(((schema, name), Arc::new(serde_json::from_str(&text).ok()?)))
    };
    Ok(rows.into_iter().filter_map(readable).collect())
}

pub(super) fn store_definition(connection: &Connection, table: &Table) -> Result<()> {
    let action = "store a table's definition";
    let text = serde_json::to_string(table).map_err(|error| Error::Engine { action, source: Box::new(error) })?;
    let name = [table.schema.as_str(), table.name.as_str()];
    connection.execute("delete from _warehouse.tables where schema_name = ? and table_name = ?", name).doing(action)?;
    connection
        .execute("insert into _warehouse.tables values (?, ?, ?)", params![table.schema, table.name, text])
        .doing(action)?;
    Ok(())
}
