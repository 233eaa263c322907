//! Questions about tables that the product itself asks.

use std::collections::{BTreeMap, HashMap};

use duckdb::{Connection, Row, params_from_iter};

use super::{
    cells::{self, INSTANTS, Parameter, key_parts},
    lookup,
    sql::{self, quote},
};
use crate::{Answer, Cell, ColumnType, Error, Key, Result, Stored, Table, Window, error::Doing};

const ACTION: &str = "read a table";
/// Rows that live at the source. One that was only told of, and that no answer ever showed, is none of them.
const LIVE: &str = "deleted_at is null and coalesce(_provisional ->> '$.existed' = 'true', true)";
const MICROS_PER_DAY: i64 = 86_400_000_000;

pub(super) fn cursors(connection: &Connection) -> Result<BTreeMap<String, String>> {
    let action = "read the cursors";
    let mut statement = connection.prepare("select name, value from _warehouse.cursors").doing(action)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).doing(action)?;
    rows.collect::<duckdb::Result<_>>().doing(action)
}

/// The first column of the first row.
pub(super) fn scalar_i64(connection: &Connection, sql: &str, parameters: &[Cell]) -> Result<Option<i64>> {
    let action = "run a query";
    let mut statement = connection.prepare(sql).doing(action)?;
    let mut rows = statement.query(params_from_iter(parameters.iter().map(cells::parameter))).doing(action)?;
    let Some(row) = rows.next().doing(action)? else { return Ok(None) };
    row.get(0).doing(action)
}

pub(super) fn count(connection: &Connection, table: &Table) -> Result<u64> {
    let query = format!("select count(*) from {} where {LIVE}", sql::of(table));
    connection.query_row(&query, [], |row| row.get(0)).doing(ACTION)
}

pub(super) fn live_keys(connection: &Connection, table: &Table, within: Option<Window<'_>>) -> Result<Vec<Key>> {
    let keys = key_columns(table);
    let window = within.map(|window| window_condition(table, window)).transpose()?.unwrap_or_default();
    let query = format!("select {keys} from {} where {LIVE}{window} order by {keys}", sql::of(table));
    let mut statement = connection.prepare(&query).doing(ACTION)?;
    let rows = statement.query_map([], |row| read_key(table, row)).doing(ACTION)?;
    rows.collect::<duckdb::Result<_>>().doing(ACTION)
}

/// Bounds are numbers, so they need no parameters; those beyond the engine's calendar are moved to its ends.
fn window_condition(table: &Table, (name, from, to): Window<'_>) -> Result<String> {
    let column = quote(name);
    let bounds = match table.position(name).map(|position| table.columns[position].column_type) {
        Some(ColumnType::Timestamp) => {
            [from, to].map(|bound| format!("make_timestamptz({})", bound.clamp(INSTANTS.0, INSTANTS.1)))
        }
        Some(ColumnType::Date) => [from, to].map(|bound| {
            let days = bound.div_euclid(MICROS_PER_DAY) + i64::from(bound.rem_euclid(MICROS_PER_DAY) > 0);
            format!("date '1970-01-01' + ({days})::integer")
        }),
        _ => {
            let reason = format!("`{name}` is no column that a window can lie over");
            return Err(Error::Definition { table: table.name.clone(), reason });
        }
    };
    Ok(format!(" and {column} >= {} and {column} < {}", bounds[0], bounds[1]))
}

pub(super) fn fingerprints(connection: &Connection, table: &Table, keys: &[Key]) -> Result<HashMap<Key, Stored>> {
    let fitting: Vec<_> = keys.iter().filter(|key| sql::key_fits(table, key)).collect();
    let staged = lookup::stage_keys(table, fitting.iter().copied());
    let query = format!(
        "select k.entry, t._asked, t._answered, coalesce(t._fingerprint, 0), t.deleted_at is not null, t._narrow \
         from {} t join {staged} k on {}",
        sql::of(table),
        sql::keys_match(&table.key, "t", "k"),
    );
    let mut statement = connection.prepare(&query).doing(ACTION)?;
    let rows = statement
        .query_map([], |row| {
            let answer = Answer { asked: row.get(1)?, answered: row.get(2)? };
            let key: usize = row.get(0)?;
            let stored = Stored { fingerprint: row.get(3)?, narrow: row.get(5)?, deleted: row.get(4)?, answer };
            Ok((fitting[key].clone(), stored))
        })
        .doing(ACTION)?;
    rows.collect::<duckdb::Result<_>>().doing(ACTION)
}

/// The page is cut before the join, which then meets only its rows.
pub(super) fn raw_rows(
    connection: &Connection,
    table: &Table,
    after: Option<&Key>,
    limit: usize,
) -> Result<Vec<(Key, Box<str>, Answer)>> {
    let keys: Vec<_> = table.key.iter().map(|key| quote(key)).collect();
    let condition = match (after, &keys[..]) {
        (None, _) => String::new(),
        (Some(_), [key]) => format!("where {key} > $1"),
        (Some(_), [first, second]) => format!("where {first} > $1 or ({first} = $1 and {second} > $2)"),
        (Some(_), _) => return Ok(Vec::new()),
    };
    let order = keys.join(", ");
    let query = format!(
        "with page as (select * from {} {condition} order by {order} limit {limit}) \
         select {order}, page.raw, t._asked, t._answered from page join {} t using ({order}) order by {order}",
        sql::raw_of(table),
        sql::of(table),
    );
    let mut statement = connection.prepare(&query).doing(ACTION)?;
    let parameters: Vec<Parameter<'_>> = after.into_iter().flat_map(key_parts).collect();
    let width = keys.len();
    let rows = statement
        .query_map(params_from_iter(parameters), |row| {
            let raw: String = row.get(width)?;
            let answer = Answer { asked: row.get(width + 1)?, answered: row.get(width + 2)? };
            Ok((read_key(table, row)?, raw.into_boxed_str(), answer))
        })
        .doing(ACTION)?;
    rows.collect::<duckdb::Result<_>>().doing(ACTION)
}

fn key_columns(table: &Table) -> String {
    sql::join(table.key.iter().map(|key| quote(key)), ", ")
}

/// The key in a row's first columns.
fn read_key(table: &Table, row: &Row<'_>) -> duckdb::Result<Key> {
    Ok(match (sql::key_type(table), table.key.len()) {
        (Some(ColumnType::Text), _) => Key::Text(row.get::<_, String>(0)?.into_boxed_str()),
        (_, 2) => Key::Pair(row.get(0)?, row.get(1)?),
        _ => Key::Int(row.get(0)?),
    })
}
