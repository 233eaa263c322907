//! Columns that repeat other tables.

use duckdb::Connection;

use super::{
    ensure::stored_columns,
    sql::{self, quote},
};
use crate::{Echo, Result, Table, error::Doing};

const ACTION: &str = "refresh repeated columns";

/// See [`crate::Warehouse::refresh_echoes`]. Only live rows are brought up to date, from live rows; where the other record
/// is missing, the value stays.
pub(super) fn refresh(connection: &Connection, tables: &[&Table]) -> Result<u64> {
    let mut changed = 0;
    for table in tables {
        for echo in &table.echoes {
            changed += refresh_one(connection, table, echo)?;
        }
    }
    Ok(changed)
}

fn refresh_one(connection: &Connection, table: &Table, echo: &Echo) -> Result<u64> {
    if stored_columns(connection, &table.schema, &echo.table)?.is_empty() {
        return Ok(0);
    }
    let (column, reference) = (quote(&echo.column), quote(&echo.reference));
    // Where several rows share the key, the greatest value is taken: always the same one, so that it comes to rest.
    let statement = format!(
        "update {} t set {column} = o.value from \
         (select {} as key, max({}) as value from {} where deleted_at is null group by 1) o \
         where t.{reference} = o.key and t.deleted_at is null and t.{column} is distinct from o.value",
        sql::of(table),
        quote(&echo.key),
        quote(&echo.source),
        sql::qualified(&table.schema, &echo.table),
    );
    Ok(connection.execute(&statement, []).doing(ACTION)? as u64)
}
