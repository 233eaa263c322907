//! What a lake's catalogue tells of each table: the server counts, so that a table with nothing to do costs nothing.

use duckdb::Connection;

use super::{
    lake::NAME,
    sql::{quote, text},
};
use crate::{Result, error::Doing};

const ACTION: &str = "look what the lake's tables need";
/// Smaller files are worth merging. The engine writes files of 512 MB at most.
const SMALL_BYTES: u64 = 64_000_000;

/// A table, and its files.
#[derive(Debug)]
pub(super) struct LakeTable {
    pub(super) schema: String,
    pub(super) name: String,
    /// Small ones of which no row is gone.
    pub(super) small: u64,
    /// Those of which rows are gone.
    pub(super) worn: u64,
    /// Tables of the catalogue that may hold its rows, or deletions of them, until they are written out.
    waiting: Vec<String>,
}

/// All tables of the lake.
pub(super) fn all(connection: &Connection, schema: &str) -> Result<Vec<LakeTable>> {
    let within = quote(schema);
    let question = format!(
        "select s.schema_name as schema, t.table_name as name, \
         (select count(*) from {within}.ducklake_data_file f where f.table_id = t.table_id and f.end_snapshot is null \
          and f.file_size_bytes < {SMALL_BYTES} and not exists (select from {within}.ducklake_delete_file d \
          where d.data_file_id = f.data_file_id and d.end_snapshot is null)) as small, \
         (select count(*) from {within}.ducklake_delete_file d where d.table_id = t.table_id and d.end_snapshot is null) as worn, \
         (select string_agg(c.relname, ' ') from pg_class c join pg_namespace n on n.oid = c.relnamespace \
          where n.nspname = {} and (c.relname = 'ducklake_inlined_delete_' || t.table_id \
          or c.relname in (select i.table_name from {within}.ducklake_inlined_data_tables i \
          where i.table_id = t.table_id))) as waiting \
         from {within}.ducklake_table t join {within}.ducklake_schema s on s.schema_id = t.schema_id \
         where t.end_snapshot is null and s.end_snapshot is null order by 1, 2",
        text(schema)
    );
    ask(connection, &question, |row| {
        let waiting: Option<String> = row.get(4)?;
        let waiting = waiting.iter().flat_map(|names| names.split(' ')).map(str::to_owned).collect();
        Ok(LakeTable { schema: row.get(0)?, name: row.get(1)?, small: row.get(2)?, worn: row.get(3)?, waiting })
    })
}

/// Those of which the catalogue holds at least so many rows that could be written out, and deletions.
pub(super) fn waiting(connection: &Connection, schema: &str, least: u64) -> Result<Vec<LakeTable>> {
    let mut tables = all(connection, schema)?;
    let counted = |name: &String| {
        format!("(select count(*) from (select from {}.{} limit {least}) r)", quote(schema), quote(name))
    };
    let question = |(index, table): (usize, &LakeTable)| {
        let rows: Vec<_> = table.waiting.iter().map(counted).collect();
        (!rows.is_empty()).then(|| format!("select {index}::bigint where {} >= {least}", rows.join(" + ")))
    };
    let questions: Vec<_> = tables.iter().enumerate().filter_map(question).collect();
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<usize> = ask(connection, &questions.join(" union all "), |row| row.get(0))?;
    let mut index = 0..;
    tables.retain(|_| index.next().is_some_and(|index| found.contains(&index)));
    Ok(tables)
}

/// Has the server answer a question.
fn ask<T>(
    connection: &Connection,
    question: &str,
    read: impl FnMut(&duckdb::Row<'_>) -> duckdb::Result<T>,
) -> Result<Vec<T>> {
    let catalogue = format!("__ducklake_metadata_{NAME}");
    let query = format!("from postgres_query({}, {})", text(&catalogue), text(question));
    let mut statement = connection.prepare(&query).doing(ACTION)?;
    let rows = statement.query_map([], read).doing(ACTION)?;
    rows.collect::<duckdb::Result<_>>().doing(ACTION)
}
