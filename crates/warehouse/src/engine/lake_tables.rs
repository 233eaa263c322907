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
    /// Small ones of which rows are gone.
    pub(super) worn_small: u64,
    /// Large ones of which rows are gone.
    pub(super) worn_large: u64,
    /// Tables of the catalogue that may hold its rows, or deletions of them, until they are written out.
    waiting: Vec<String>,
}

/// All tables of the lake.
pub(super) fn all(connection: &Connection, schema: &str) -> Result<Vec<LakeTable>> {
    let within = quote(schema);
    let question = format!(
        "select s.schema_name, t.table_name, coalesce(f.small, 0) as small, coalesce(f.worn_small, 0) as worn_small, \
         coalesce(f.worn_large, 0) as worn_large, w.waiting \
         from {within}.ducklake_table t join {within}.ducklake_schema s on s.schema_id = t.schema_id \
         left join (select f.table_id, \
          count(*) filter (where d.data_file_id is null and f.file_size_bytes < {SMALL_BYTES}) as small, \
          count(d.data_file_id) filter (where f.file_size_bytes < {SMALL_BYTES}) as worn_small, \
          count(d.data_file_id) filter (where f.file_size_bytes >= {SMALL_BYTES}) as worn_large \
          from {within}.ducklake_data_file f left join {within}.ducklake_delete_file d \
          on d.data_file_id = f.data_file_id and d.end_snapshot is null \
          where f.end_snapshot is null group by 1) f on f.table_id = t.table_id \
         left join (select coalesce(i.table_id, substring(c.relname from '^ducklake_inlined_delete_([0-9]+)$')::bigint) as table_id, \
          string_agg(c.relname, ' ') as waiting from pg_class c join pg_namespace n on n.oid = c.relnamespace \
          left join {within}.ducklake_inlined_data_tables i on i.table_name = c.relname \
          where n.nspname = {} and c.relkind = 'r' group by 1) w on w.table_id = t.table_id \
         where t.end_snapshot is null and s.end_snapshot is null order by 1, 2",
        text(schema)
    );
    ask(connection, &question, |row| {
        let waiting: Option<String> = row.get(5)?;
        let waiting = waiting.iter().flat_map(|names| names.split(' ')).map(str::to_owned).collect();
        let (small, worn_small, worn_large) = (row.get(2)?, row.get(3)?, row.get(4)?);
        Ok(LakeTable { schema: row.get(0)?, name: row.get(1)?, small, worn_small, worn_large, waiting })
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
