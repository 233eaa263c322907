//! Rows on their way into tables: appended to a temporary table, from where one statement moves them.

use duckdb::{
    Connection, ToSql, appender_params_from_iter,
    types::{Decimal, TimeUnit, ToSqlOutput, ValueRef},
};

use super::sql;
use crate::{Cell, Column, ColumnType, Error, Key, Result, Table, error::Doing, sink::write_json_text};

const ACTION: &str = "take in rows";

/// First and last instant that the engine stores, microseconds UTC; one further are its infinities.
pub(super) const INSTANTS: (i64, i64) = (-9_223_372_022_400_000_000, i64::MAX - 1);
/// First and last day, which like instants are next to infinities; the calendar begins before the days that a number holds.
const DAYS: (i32, i32) = (-2_147_483_646, i32::MAX - 1);
/// 10^18 millionths and more have no place in `DECIMAL(18,6)`.
const DECIMAL_END: u64 = 1_000_000_000_000_000_000;

/// One value as the appender takes it.
pub(super) enum Staged<'a> {
    Plain(ValueRef<'a>),
    Owned(String),
}

impl ToSql for Staged<'_> {
    fn to_sql(&self) -> duckdb::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Plain(value) => *value,
            Self::Owned(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl From<i64> for Staged<'_> {
    fn from(value: i64) -> Self {
        Self::Plain(ValueRef::BigInt(value))
    }
}

impl From<Option<i64>> for Staged<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Plain(value.map_or(ValueRef::Null, ValueRef::BigInt))
    }
}

impl From<Option<u64>> for Staged<'_> {
    fn from(value: Option<u64>) -> Self {
        Self::Plain(value.map_or(ValueRef::Null, ValueRef::UBigInt))
    }
}

impl<'a> From<&'a str> for Staged<'a> {
    fn from(value: &'a str) -> Self {
        Self::Plain(ValueRef::Text(value.as_bytes()))
    }
}

/// The parts of a key, as columns `k0` and `k1`.
pub(super) fn key_parts(key: &Key) -> impl Iterator<Item = Staged<'_>> {
    let (first, second) = match key {
        Key::Int(value) => (Staged::from(*value), None),
        Key::Pair(first, second) => (Staged::from(*first), Some(Staged::from(*second))),
        Key::Text(text) => (Staged::from(&**text), None),
    };
    [first].into_iter().chain(second)
}

/// The key that a row's cells hold.
pub(super) fn key_of(table: &Table, cells: &[Cell]) -> Result<Key> {
    let parts: Vec<_> = table.key.iter().map(|name| table.position(name).and_then(|at| cells.get(at))).collect();
    match parts[..] {
        [Some(Cell::Int(value))] => Ok(Key::Int(*value)),
        [Some(Cell::Text(text))] => Ok(Key::Text(text.clone())),
        [Some(Cell::Int(first)), Some(Cell::Int(second))] => Ok(Key::Pair(*first, *second)),
        _ => Err(shape(table, "its key is missing or of another type")),
    }
}

/// Whether the cells are as many as the columns, each of its column's type or NULL.
pub(super) fn check_cells(table: &Table, cells: &[Cell]) -> Result<()> {
    if cells.len() != table.columns.len() {
        return Err(shape(table, format!("it has {} values for {} columns", cells.len(), table.columns.len())));
    }
    let misfit = table.columns.iter().zip(cells).find(|(column, cell)| !is_of(column.column_type, cell));
    misfit.map_or(Ok(()), |(column, _)| Err(shape(table, format!("column `{}` gets another type", column.name))))
}

fn is_of(column_type: ColumnType, cell: &Cell) -> bool {
    matches!(
        (column_type, cell),
        (_, Cell::Null)
            | (ColumnType::BigInt, Cell::Int(_))
            | (ColumnType::Double, Cell::Double(_))
            | (ColumnType::Decimal, Cell::Decimal(_))
            | (ColumnType::Text, Cell::Text(_))
            | (ColumnType::Boolean, Cell::Bool(_))
            | (ColumnType::Timestamp, Cell::Timestamp(_))
            | (ColumnType::Date, Cell::Date(_))
            | (ColumnType::Map, Cell::Map(_))
            | (ColumnType::Json, Cell::Json(_))
    )
}

pub(super) fn shape(table: &Table, reason: impl Into<String>) -> Error {
    Error::Shape { table: table.name.clone(), reason: reason.into() }
}

/// A cell for a temporary table; what its column cannot hold becomes NULL.
pub(super) fn stage_cell(cell: &Cell) -> Staged<'_> {
    Staged::Plain(match cell {
        Cell::Null => ValueRef::Null,
        Cell::Int(value) => ValueRef::BigInt(*value),
        Cell::Double(value) => ValueRef::Double(*value),
        Cell::Decimal(value) => decimal(*value),
        Cell::Text(text) | Cell::Json(text) => ValueRef::Text(text.as_bytes()),
        Cell::Bool(value) => ValueRef::Boolean(*value),
        Cell::Timestamp(micros) if (INSTANTS.0..=INSTANTS.1).contains(micros) => ValueRef::BigInt(*micros),
        Cell::Date(days) if (DAYS.0..=DAYS.1).contains(days) => ValueRef::Date32(*days),
        Cell::Timestamp(_) | Cell::Date(_) => ValueRef::Null,
        Cell::Map(entries) => return Staged::Owned(map_json(entries)),
    })
}

/// A cell for a parameter of a query, where instants are instants.
pub(super) fn parameter(cell: &Cell) -> Staged<'_> {
    match cell {
        Cell::Timestamp(micros) => Staged::Plain(ValueRef::Timestamp(TimeUnit::Microsecond, *micros)),
        other => stage_cell(other),
    }
}

fn decimal(millionths: i64) -> ValueRef<'static> {
    if millionths.unsigned_abs() >= DECIMAL_END {
        return ValueRef::Null;
    }
    Decimal::new(18, 6, millionths.into()).map_or(ValueRef::Null, ValueRef::Decimal)
}

fn map_json(entries: &[(Box<str>, Option<Box<str>>)]) -> String {
    let mut json = String::from("{");
    for (index, (name, value)) in entries.iter().enumerate() {
        // The last value of a name counts.
        if entries[index + 1..].iter().any(|(later, _)| later == name) {
            continue;
        }
        if json.len() > 1 {
            json.push(',');
        }
        write_json_text(name, &mut json);
        json.push(':');
        match value {
            Some(value) => write_json_text(value, &mut json),
            None => json.push_str("null"),
        }
    }
    json.push('}');
    json
}

/// A temporary table of this connection, by its name. Its content is replaced by each [`fill`].
pub(super) struct Staging {
    pub(super) name: &'static str,
    pub(super) columns: String,
}

/// Definitions `c0 BIGINT, c1 VARCHAR, ...` for a table's columns.
pub(super) fn cell_definitions(columns: &[Column]) -> String {
    sql::join(
        sql::staged_columns(columns).map(|(name, column)| format!("{name} {}", sql::staged_type(column.column_type))),
        ", ",
    )
}

/// Creates the temporary table anew and appends the rows.
pub(super) fn fill<'a, R>(connection: &Connection, staging: &Staging, rows: impl Iterator<Item = R>) -> Result<()>
where
    R: Iterator<Item = Staged<'a>>,
{
    connection
        .execute_batch(&format!("create or replace temp table {} ({})", staging.name, staging.columns))
        .doing(ACTION)?;
    let mut appender = connection.appender_to_catalog_and_db(staging.name, "temp", "main").doing(ACTION)?;
    for row in rows {
        appender.append_row(appender_params_from_iter(row)).doing(ACTION)?;
    }
    appender.flush().doing(ACTION)
}
