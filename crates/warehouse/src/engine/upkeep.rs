//! What keeps a lake small and fast. Each piece holds the writer no longer than it must.

use std::time::Duration;

use duckdb::Connection;

use super::{
    DuckDb, Place,
    lake::NAME,
    lake_tables::{self, LakeTable},
    sql::{quote, text},
};
use crate::{Result, error::Doing};

/// Schema of the warehouse's own tables. Each batch changes a row of them, and each transaction reads it.
const OWN: &str = "_warehouse";
/// Fewer rows than these make no file for a while: short lists that are read in each pass would make thousands of them.
const FEW: u64 = 200;
/// Files are written anew once this share of their rows is gone.
const GONE: f64 = 0.2;
/// Every question opens each file of a table. So many small ones are merged at once, as after a first copy, and where of so many
/// rows are gone, so that they cannot be merged, all of them are written anew.
const MANY: u64 = 32;
/// Most files that are merged before others may write.
const MOST_MERGED: u32 = 50;
/// A file that nothing needs any more stays so long: somebody may be reading an older copy of the catalogue.
const GRACE: Duration = Duration::from_secs(86_400);

/// One piece of a lake's upkeep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upkeep {
    /// Writes rows of small batches, which the catalogue keeps, into files. A few rows wait for [`Self::Rewrite`], and so do those of
    /// the warehouse's own tables.
    Flush,
    /// Makes fewer files of those of which no row is gone.
    Merge,
    /// Writes files anew of which many rows are gone.
    Rewrite,
    /// Forgets earlier states.
    Expire,
    /// Deletes files that nothing needs any more, and those that a crash left behind.
    CleanUp,
}

/// Each piece with its name, and the time between two times of it.
const PIECES: [(Upkeep, &str, Duration); 5] = [
    (Upkeep::Flush, "flush", Duration::ZERO),
    (Upkeep::Merge, "merge", Duration::from_secs(600)),
    (Upkeep::Rewrite, "rewrite", Duration::from_secs(3_600)),
    (Upkeep::Expire, "expire", Duration::from_secs(3_600)),
    (Upkeep::CleanUp, "clean up", Duration::from_secs(86_400)),
];

impl Upkeep {
    /// Its name, as it is noted in the lake.
    pub fn name(self) -> &'static str {
        self.piece().1
    }

    fn every(self) -> Duration {
        self.piece().2
    }

    fn piece(self) -> (Self, &'static str, Duration) {
        *PIECES.iter().find(|(known, ..)| *known == self).expect("all pieces are listed")
    }
}

/// Notes in a new lake that nothing is due yet.
pub(super) fn prepare(connection: &Connection) -> Result<()> {
    let action = "prepare the lake's upkeep";
    let table = "create table if not exists _warehouse.upkeep (piece varchar not null, done_at timestamptz not null)";
    connection.execute_batch(table).doing(action)?;
    for (piece, name, _) in PIECES {
        if piece.every().is_zero() {
            continue;
        }
        let insert = "insert into _warehouse.upkeep select ?1, now() \
                      where not exists (from _warehouse.upkeep where piece = ?1)";
        connection.execute(insert, [name]).doing(action)?;
    }
    Ok(())
}

impl DuckDb {
    /// Whether it is a lake.
    pub fn is_lake(&self) -> bool {
        matches!(self.place, Place::Lake(_))
    }

    /// Does what is due of a lake's upkeep; a file has none. States younger than `keep` stay readable. Returns what was done, on
    /// how many rows or files.
    ///
    /// # Errors
    /// See [`crate::Error`]: of the first piece that failed, after the others were done.
    pub fn upkeep(&self, keep: Duration) -> Result<Vec<(Upkeep, u64)>> {
        let Place::Lake(lake) = &self.place else { return Ok(Vec::new()) };
        let pieces = self.read(|connection| due(connection, lake.schema()))?;
        let done: Vec<_> = pieces.into_iter().map(|piece| Ok((piece, self.upkeep_piece(piece, keep)?))).collect();
        done.into_iter().collect()
    }

    /// Does one piece of it, due or not.
    ///
    /// # Errors
    /// See [`crate::Error`]; then the lake is as it was.
    pub fn upkeep_piece(&self, piece: Upkeep, keep: Duration) -> Result<u64> {
        let ago = |age: Duration| format!("older_than => now() - interval '{} seconds'", age.as_secs());
        let count = match piece {
            Upkeep::Flush => self.flush(FEW, |schema| schema != OWN)?,
            Upkeep::Merge => self.merge()?,
            Upkeep::Rewrite => self.flush(1, |_| true)? + self.rewrite()?,
            Upkeep::Expire => self.call("ducklake_expire_snapshots", &[ago(keep)], None)?,
            Upkeep::CleanUp => {
                let expired = self.call("ducklake_cleanup_old_files", &[ago(GRACE)], None)?;
                expired + self.call("ducklake_delete_orphaned_files", &[ago(GRACE)], None)?
            }
        };
        if piece.every().is_zero() {
            return Ok(count);
        }
        self.transaction("note the lake's upkeep", |begun| {
            let update = "update _warehouse.upkeep set done_at = now() where piece = ?";
            begun.connection.execute(update, [piece.name()]).doing("note the lake's upkeep")
        })?;
        Ok(count)
    }

    fn tables(&self, those: impl FnOnce(&Connection, &str) -> Result<Vec<LakeTable>>) -> Result<Vec<LakeTable>> {
        let Place::Lake(lake) = &self.place else { return Ok(Vec::new()) };
        self.read(|connection| those(connection, lake.schema()))
    }

    /// Flushes tables of which so many rows wait, one by one, so that batches come in between.
    fn flush(&self, least: u64, chosen: impl Fn(&str) -> bool) -> Result<u64> {
        let mut count = 0;
        let waiting = self.tables(|connection, schema| lake_tables::waiting(connection, schema, least))?;
        for LakeTable { schema, name, .. } in waiting.iter().filter(|table| chosen(&table.schema)) {
            let arguments = [format!("schema_name => {}", text(schema)), format!("table_name => {}", text(name))];
            count += self.call("ducklake_flush_inlined_data", &arguments, Some("rows_flushed"))?;
        }
        Ok(count)
    }

    /// Some files at a time, for the same reason.
    fn merge(&self) -> Result<u64> {
        let mut count = 0;
        for LakeTable { schema, name, .. } in self.tables(lake_tables::all)?.iter().filter(|table| table.small > 1) {
            let limit = format!("max_compacted_files => {MOST_MERGED}");
            let arguments = [text(name), format!("schema => {}", text(schema)), limit];
            count += self.call("ducklake_merge_adjacent_files", &arguments, Some("files_processed"))?;
        }
        Ok(count)
    }

    /// Table by table, too.
    fn rewrite(&self) -> Result<u64> {
        let mut count = 0;
        for table in self.tables(lake_tables::all)? {
            if table.worn_small + table.worn_large == 0 {
                continue;
            }
            // Large ones would be written along, so there must be few of them.
            let all = table.worn_small >= MANY && table.worn_small >= MANY / 4 * table.worn_large;
            let gone = if all { 0.0 } else { GONE };
            let (schema, threshold) = (text(&table.schema), format!("delete_threshold => {gone:?}"));
            let arguments = [text(&table.name), format!("schema => {schema}"), threshold];
            count += self.call("ducklake_rewrite_data_files", &arguments, Some("files_processed"))?;
        }
        Ok(count)
    }

    /// Calls a function of the lake; adds up one column of its answer, or counts its rows.
    fn call(&self, function: &'static str, arguments: &[String], column: Option<&str>) -> Result<u64> {
        let arguments: Vec<_> = [text(NAME)].iter().chain(arguments).cloned().collect();
        let counted =
            column.map_or("count(*)".to_owned(), |column| format!("coalesce(sum({}), 0)::bigint", quote(column)));
        let query = format!("select {counted} from {function}({})", arguments.join(", "));
        self.transaction("keep the lake in order", |begun| {
            begun.connection.query_row(&query, [], |row| row.get(0)).doing("keep the lake in order")
        })
    }
}

/// The pieces that were done longer ago than their time, and a merge where there is much to merge.
fn due(connection: &Connection, schema: &str) -> Result<Vec<Upkeep>> {
    let action = "look what is due";
    let query = "select piece, date_diff('second', done_at, now()) from _warehouse.upkeep";
    let mut statement = connection.prepare(query).doing(action)?;
    let ages = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))).doing(action)?;
    let ages: Vec<_> = ages.collect::<duckdb::Result<_>>().doing(action)?;
    let many = lake_tables::all(connection, schema)?.iter().any(|table| table.small >= MANY);
    // What was done in the future, by a clock that was wrong then, is due.
    let is_old = |age: i64, every: Duration| u64::try_from(age).is_ok_and(|age| age >= every.as_secs()) || age < 0;
    let is_due = |(piece, name, every): &&(Upkeep, &str, Duration)| {
        let old = ages.iter().any(|(known, age)| known == name && is_old(*age, *every));
        old || every.is_zero() || many && *piece == Upkeep::Merge
    };
    Ok(PIECES.iter().filter(is_due).map(|(piece, ..)| *piece).collect())
}
