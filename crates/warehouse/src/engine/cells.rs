//! Cells and keys of rows: whether they fit their table, what the engine can hold of them, and how they become parameters of
//! a query.

use duckdb::{
    ToSql,
    types::{Decimal, TimeUnit, ToSqlOutput, ValueRef},
};

use crate::{Cell, ColumnType, Error, Key, Result, Table, sink::write_json_text};

/// First and last instant that the engine stores, microseconds UTC; one further are its infinities.
pub(super) const INSTANTS: (i64, i64) = (-9_223_372_022_400_000_000, i64::MAX - 1);
/// First and last day, which like instants are next to infinities; the calendar begins before the days that a number holds.
const DAYS: (i32, i32) = (-2_147_483_646, i32::MAX - 1);
/// 10^18 millionths and more have no place in `DECIMAL(18,6)`.
const DECIMAL_END: u64 = 1_000_000_000_000_000_000;

/// One value as a parameter of a query.
pub(super) enum Parameter<'a> {
    Plain(ValueRef<'a>),
    Owned(String),
}

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> duckdb::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Plain(value) => *value,
            Self::Owned(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl From<i64> for Parameter<'_> {
    fn from(value: i64) -> Self {
        Self::Plain(ValueRef::BigInt(value))
    }
}

impl<'a> From<&'a str> for Parameter<'a> {
    fn from(value: &'a str) -> Self {
        Self::Plain(ValueRef::Text(value.as_bytes()))
    }
}

/// The parts of a key, as columns `k0` and `k1`.
pub(super) fn key_parts(key: &Key) -> impl Iterator<Item = Parameter<'_>> {
    let (first, second) = match key {
        Key::Int(value) => (Parameter::from(*value), None),
        Key::Pair(first, second) => (Parameter::from(*first), Some(Parameter::from(*second))),
        Key::Text(text) => (Parameter::from(&**text), None),
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

/// A cell as a parameter; what its column cannot hold becomes NULL.
pub(super) fn parameter(cell: &Cell) -> Parameter<'_> {
    Parameter::Plain(match cell {
        Cell::Null => ValueRef::Null,
        Cell::Int(value) => ValueRef::BigInt(*value),
        Cell::Double(value) => ValueRef::Double(*value),
        Cell::Decimal(_) => {
            let value = millionths(cell).and_then(|value| Decimal::new(18, 6, value).ok());
            value.map_or(ValueRef::Null, ValueRef::Decimal)
        }
        Cell::Text(text) | Cell::Json(text) => ValueRef::Text(text.as_bytes()),
        Cell::Bool(value) => ValueRef::Boolean(*value),
        Cell::Timestamp(micros) if is_instant(micros) => ValueRef::Timestamp(TimeUnit::Microsecond, *micros),
        Cell::Timestamp(_) => ValueRef::Null,
        Cell::Date(_) => day(cell).map_or(ValueRef::Null, ValueRef::Date32),
        Cell::Map(entries) => return Parameter::Owned(map_json(entries)),
    })
}

/// Whether the engine's calendar holds it.
pub(super) fn is_instant(micros: &i64) -> bool {
    (INSTANTS.0..=INSTANTS.1).contains(micros)
}

/// An exact number that the engine can hold.
pub(super) fn millionths(cell: &Cell) -> Option<i128> {
    match cell {
        Cell::Decimal(value) if value.unsigned_abs() < DECIMAL_END => Some((*value).into()),
        _ => None,
    }
}

/// A day that the engine can hold.
pub(super) fn day(cell: &Cell) -> Option<i32> {
    match cell {
        Cell::Date(days) if (DAYS.0..=DAYS.1).contains(days) => Some(*days),
        _ => None,
    }
}

/// Entries of a map, each name once, with its last value.
pub(super) fn distinct(entries: &[(Box<str>, Option<Box<str>>)]) -> impl Iterator<Item = (&str, Option<&str>)> {
    let is_last = |index: usize, name: &str| !entries[index + 1..].iter().any(|(later, _)| **later == *name);
    let last = entries.iter().enumerate().filter(move |(index, (name, _))| is_last(*index, name));
    last.map(|(_, (name, value))| (&**name, value.as_deref()))
}

fn map_json(entries: &[(Box<str>, Option<Box<str>>)]) -> String {
    let mut json = String::from("{");
    for (name, value) in distinct(entries) {
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
