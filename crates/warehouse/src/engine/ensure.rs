//! Tables come into being, and grow.

use std::collections::HashMap;

use duckdb::{Connection, params};

use super::{
    layout::{self, Definitions},
    sql::{self, BOOKKEEPING, CHANGES, DELETED_AT, quote},
};
use crate::{Child, Column, ColumnType, Error, Result, Table, error::Doing};

const ACTION: &str = "create a table";
/// Bytes of a name, which in a lake is also that of a folder.
const LONGEST_NAME: usize = 240;

/// Columns that a lake cannot have: DuckLake keeps rows of small batches with three of its own, and PostgreSQL has the others in
/// every table.
const TAKEN: [&str; 9] =
    ["row_id", "begin_snapshot", "end_snapshot", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// Those of the tables that are not there yet, or not in this form.
pub(super) fn lacking<'a>(
    connection: &Connection,
    definitions: &mut Definitions,
    catalog: &str,
    tables: &[&'a Table],
) -> Result<Vec<&'a Table>> {
    let mut lacking = Vec::new();
    for table in tables {
        check(catalog, table)?;
        if definitions.of(connection, &table.schema, &table.name)?.as_deref() != Some(*table) {
            lacking.push(*table);
        }
    }
    Ok(lacking)
}

/// Where tables are made.
#[derive(Clone, Copy)]
pub(super) struct Maker<'a> {
    pub(super) connection: &'a Connection,
    /// A lake keeps statistics of a table from its first row on, and until then asks for them again with each statement, once for
    /// each column: of a hundred tables without rows, as many entities have none, they were 9 of 10 questions to the catalogue.
    pub(super) in_lake: bool,
}

impl Maker<'_> {
    /// Creates a table, unless it is there.
    pub(super) fn create<'c>(
        self,
        (schema, name): (&str, &str),
        columns: impl Iterator<Item = (&'c str, &'c str)>,
    ) -> Result<()> {
        let connection = self.connection;
        if !stored_columns(connection, schema, name)?.is_empty() {
            return Ok(());
        }
        let columns = sql::join(columns.map(|(name, type_name)| format!("{} {type_name}", quote(name))), ", ");
        let table = sql::qualified(schema, name);
        connection.execute_batch(&format!("create table {table} ({columns})")).doing(ACTION)?;
        if self.in_lake {
            let first_row = format!("insert into {table} default values; delete from {table}");
            connection.execute_batch(&first_row).doing(ACTION)?;
        }
        Ok(())
    }
}

/// See [`crate::Warehouse::ensure`].
pub(super) fn make(maker: Maker<'_>, tables: &[&Table]) -> Result<Vec<String>> {
    let mut added = Vec::new();
    for table in tables {
        added.extend(make_one(maker, table)?);
    }
    Ok(added)
}

fn make_one(maker: Maker<'_>, table: &Table) -> Result<Vec<String>> {
    let connection = maker.connection;
    for schema in [&table.schema, &sql::raw_schema(table)] {
        connection.execute_batch(&format!("create schema if not exists {}", quote(schema))).doing(ACTION)?;
    }
    create_changes(maker, &table.schema)?;
    let keys = table.key.iter().filter_map(|key| table.position(key)).map(|position| &table.columns[position]);
    let raw_columns = keys.map(|column| (column.name.as_str(), sql::type_name(column.column_type)));
    maker.create((&sql::raw_schema(table), &table.name), raw_columns.chain([("raw", "VARCHAR")]))?;

    let mut added = grow(maker, table, &BOOKKEEPING)?;
    for child in &table.children {
        let columns = grow(maker, &child_table(table, child), &[])?;
        added.extend(columns.into_iter().map(|column| format!("{}.{column}", child.table.name)));
    }
    layout::store_definition(connection, table)?;
    Ok(added)
}

/// A child's table, in its parent's schema.
pub(super) fn child_table(parent: &Table, child: &Child) -> Table {
    Table { schema: parent.schema.clone(), ..child.table.clone() }
}

pub(super) fn create_changes(maker: Maker<'_>, schema: &str) -> Result<()> {
    maker.connection.execute_batch(&format!("create schema if not exists {}", quote(schema))).doing(ACTION)?;
    let columns = [
        ("sequence", "BIGINT"),
        ("table_name", "VARCHAR"),
        ("key", "VARCHAR"),
        ("field", "VARCHAR"),
        ("old_value", "VARCHAR"),
        ("new_value", "VARCHAR"),
        ("changed_at", "TIMESTAMPTZ"),
        ("observed_at", "TIMESTAMPTZ"),
        ("origin", "VARCHAR"),
    ];
    maker.create((schema, CHANGES), columns.into_iter())
}

/// Creates a table, or adds the columns that it lacks and names them.
fn grow(maker: Maker<'_>, table: &Table, bookkeeping: &[(&str, &str)]) -> Result<Vec<String>> {
    let connection = maker.connection;
    let stored = stored_types(connection, &table.schema, &table.name)?;
    let wanted = || {
        let own = table.columns.iter().map(|column| (column.name.as_str(), sql::type_name(column.column_type)));
        own.chain([(DELETED_AT, sql::type_name(ColumnType::Timestamp))]).chain(bookkeeping.iter().copied())
    };
    if stored.is_empty() {
        maker.create((&table.schema, &table.name), wanted())?;
        return Ok(Vec::new());
    }
    let mut added = Vec::new();
    for (name, type_name) in wanted() {
        match stored.get(&name.to_ascii_lowercase()) {
            Some(found) if found == type_name => {}
            Some(found) => {
                return Err(definition(table, format!("column `{name}` is stored as {found}, not as {type_name}")));
            }
            None => {
                let statement = format!("alter table {} add column {} {type_name}", sql::of(table), quote(name));
                connection.execute_batch(&statement).doing("add a column")?;
                added.push(name.to_owned());
            }
        }
    }
    Ok(added)
}

/// Types by column name in lower case; empty when there is no such table.
fn stored_types(connection: &Connection, schema: &str, name: &str) -> Result<HashMap<String, String>> {
    let columns = stored_columns(connection, schema, name)?;
    Ok(columns.into_iter().map(|(name, type_name)| (name.to_ascii_lowercase(), type_name)).collect())
}

/// Names and types in the order of the table.
pub(super) fn stored_columns(connection: &Connection, schema: &str, name: &str) -> Result<Vec<(String, String)>> {
    let action = "list a table's columns";
    connection
        .prepare_cached(
            "select column_name, data_type from duckdb_columns() where database_name = current_database() \
             and lower(schema_name) = lower(?) and lower(table_name) = lower(?) order by column_index",
        )
        .doing(action)?
        .query_map(params![schema, name], |row| Ok((row.get(0)?, row.get(1)?)))
        .doing(action)?
        .collect::<duckdb::Result<_>>()
        .doing(action)
}

fn definition(table: &Table, reason: impl Into<String>) -> Error {
    Error::Definition { table: table.name.clone(), reason: reason.into() }
}

fn check(catalog: &str, table: &Table) -> Result<()> {
    let fail = |reason: String| Err(definition(table, reason));
    for schema in [table.schema.as_str(), &sql::raw_schema(table)] {
        check_name(table, "schema", schema)?;
        // `warehouse.tickets` would be ambiguous.
        if [catalog, "_warehouse", "temp", "system"].iter().any(|taken| schema.eq_ignore_ascii_case(taken)) {
            return fail(format!("the schema name `{schema}` is taken, by the warehouse itself or by the engine"));
        }
    }
    check_columns(table, &table.name, &table.columns)?;
    for child in &table.children {
        check_columns(table, &child.table.name, &child.table.columns)?;
        if child.table.position(&child.parent).is_none() {
            return fail(format!("child `{}` lacks its column `{}`", child.table.name, child.parent));
        }
        if table.key.len() != 1 {
            return fail("a table with children needs a key of one column".into());
        }
    }
    let types = |name: &String| table.position(name).map(|position| table.columns[position].column_type);
    match table.key.iter().map(types).collect::<Vec<_>>()[..] {
        [Some(ColumnType::BigInt | ColumnType::Text)] | [Some(ColumnType::BigInt), Some(ColumnType::BigInt)] => {}
        _ => return fail("its key must be one column (BigInt or Text) or two (BigInt)".into()),
    }
    if table.key.iter().any(|key| key.eq_ignore_ascii_case("raw")) {
        return fail("a key column cannot be named `raw`".into());
    }
    if table.stamp.as_ref().is_some_and(|stamp| types(stamp) != Some(ColumnType::Timestamp)) {
        return fail("its stamp must be a column of type Timestamp".into());
    }
    let simple = table.watched.is_empty() && table.children.is_empty() && table.rivals.is_empty();
    let is_keyed = table.key.iter().all(|key| table.narrow.contains(key));
    if !(table.narrow.is_empty() || simple && is_keyed) {
        return fail("its narrow profile lacks the key, or it watches columns or has children or rivals".into());
    }
    let echoed = table.echoes.iter().flat_map(|echo| [&echo.column, &echo.reference]);
    match table.watched.iter().chain(&table.narrow).chain(echoed).find(|name| types(name).is_none()) {
        Some(unknown) => fail(format!("it has no column `{unknown}`")),
        None => Ok(()),
    }
}

fn check_columns(table: &Table, name: &str, columns: &[Column]) -> Result<()> {
    check_name(table, "table", name)?;
    if name.eq_ignore_ascii_case(CHANGES) {
        return Err(definition(table, format!("`{CHANGES}` is the table of observed changes")));
    }
    let added = BOOKKEEPING.iter().map(|(name, _)| *name).chain([DELETED_AT]);
    let mut seen: HashMap<String, ()> = added.map(|name| (name.to_owned(), ())).collect();
    for column in columns {
        check_name(table, "column", &column.name)?;
        if seen.insert(column.name.to_ascii_lowercase(), ()).is_some() {
            return Err(definition(table, format!("column `{}` comes twice or is the engine's own", column.name)));
        }
        if TAKEN.iter().any(|taken| column.name.eq_ignore_ascii_case(taken)) {
            return Err(definition(table, format!("the column name `{}` is taken in a lake", column.name)));
        }
    }
    Ok(())
}

fn check_name(table: &Table, what: &str, name: &str) -> Result<()> {
    match name.is_empty() || name.contains('\0') || name.len() > LONGEST_NAME {
        true => {
            let reason = format!("a {what} name is empty, holds a zero byte or has more than {LONGEST_NAME} bytes");
            Err(definition(table, reason))
        }
        false => Ok(()),
    }
}
