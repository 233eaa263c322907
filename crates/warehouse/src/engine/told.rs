//! Rows that were only told of, and turned out not to be so.

use duckdb::Connection;

use super::{ensure::child_table, lookup::stage_keys, sql};
use crate::{Key, Result, Table, error::Doing};

const ACTION: &str = "take rows out that were only told of";

/// See [`crate::Warehouse::drop_told`].
pub(super) fn drop(connection: &Connection, table: &Table, keys: &[Key]) -> Result<u64> {
    let staged = stage_keys(table, keys.iter());
    let target = sql::of(table);
    let never_seen = "json_extract_string(t._provisional, '$.existed') = 'false'";
    for child in &table.children {
        let statement = format!(
            "delete from {} c using {target} t, {staged} k where {} and {} and {never_seen}",
            sql::of(&child_table(table, child)),
            sql::keys_match(&table.key, "t", "k"),
            format_args!("c.{} = t.{}", sql::quote(&child.parent), sql::quote(&table.key[0])),
        );
        connection.execute(&statement, []).doing(ACTION)?;
    }
    let matched = sql::keys_match(&table.key, "t", "k");
    let statement = format!("delete from {target} t using {staged} k where {matched} and {never_seen}");
    let count = connection.execute(&statement, []).doing(ACTION)?;
    Ok(count as u64)
}
