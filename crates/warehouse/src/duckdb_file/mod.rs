//! The warehouse in one DuckDB file.
//!
//! One connection writes, behind a lock; every read gets a connection of its own and sees whole batches. There are no indexes
//! and no primary keys: [`apply`] keeps keys unique. The file is only ever opened through the engine, because closing any
//! other handle of this process would drop the engine's lock on it.

mod apply;
mod cells;
mod claim;
mod echoes;
mod ensure;
mod entries;
mod history;
mod layout;
mod lookup;
mod reads;
mod rivals;
mod sql;
mod stage;
mod told;
mod write;

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use duckdb::{Config, Connection};

use crate::{
    Answer, Applied, Batch, BoxError, Cell, Change, Column, Error, Interrupt, Key, Paused, Result, Sink, Stored, Table,
    Warehouse, Window, contract::Hold, error::Doing, stream::stream,
};

/// How a file is opened.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// Most memory the engine may use for its own, in bytes; by default 300 MB; what does not fit goes to a folder beside the file.
    pub memory_limit_bytes: Option<u64>,
}

/// A warehouse in one DuckDB file, held by this process alone.
///
/// The file's name without its ending must not be the name of a schema: DuckDB could not tell the two apart.
pub struct DuckDbFile {
    path: PathBuf,
    identity: String,
    /// Chooses the file in a new connection.
    choice: String,
    writer: Mutex<Writer>,
    /// Only cloned, so that a read need not wait for the writer.
    readers: Mutex<Connection>,
    /// Goes last, when nothing is open any more.
    _claim: claim::Claim,
}

/// The connection that writes.
struct Writer {
    connection: Connection,
    /// Rows that came in since the last checkpoint.
    rows: usize,
}

impl Writer {
    fn checkpoint(&mut self) -> Result<()> {
        self.rows = 0;
        self.connection.execute_batch("checkpoint").doing("write the log back")
    }

    /// Writes the log back before a row group is passed, so that no group is written half full and merged later.
    fn make_room(&mut self, rows: usize) -> Result<()> {
        if self.rows > 0 && self.rows + rows > ROW_GROUP {
            self.checkpoint()?;
        }
        self.rows += rows;
        Ok(())
    }
}

impl DuckDbFile {
    /// Opens the file, or creates it.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`], [`Error::Locked`], [`Error::NewerLayout`], [`Error::ReadOnly`] or [`Error::Full`], where they
    /// apply. The file is left as it was.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        let claim = claim::Claim::new(path)?;
        let config = config(path, options).doing("configure the engine")?;
        let had_log = fs::metadata(log_of(path)).is_ok_and(|log| log.len() > 0);
        let opening = |error| Error::opening(path, error);
        // The file is attached, because only so its row groups get their size.
        let writer = Connection::open_in_memory_with_flags(config).map_err(opening)?;
        let Some(text) = path.to_str() else {
            return Err(Error::Engine { action: "open its file", source: "its path is not UTF-8".into() });
        };
        let name = catalog(path);
        let attach = format!(
            "attach '{}' as {} (row_group_size {ROW_GROUP}, storage_version '{STORAGE_VERSION}')",
            text.replace('\'', "''"),
            sql::quote(&name),
        );
        writer.execute_batch(&attach).map_err(opening)?;
        let choice = format!("use {}", sql::quote(&name));
        writer.execute_batch(&choice).map_err(opening)?;
        // For all connections, unlike a plain `set`.
        writer.execute_batch("set global TimeZone = 'UTC'").map_err(opening)?;
        if !had_log {
            check_length(path, &writer)?;
        }
        stage::teach(&writer)?;
        let identity = layout::prepare(&writer).map_err(|error| damage(path, error))?;
        let readers = writer.try_clone().map_err(opening)?;
        let writer = Writer { connection: writer, rows: 0 };
        let (path, writer, readers) = (path.to_owned(), Mutex::new(writer), Mutex::new(readers));
        Ok(Self { path, identity, choice, writer, readers, _claim: claim })
    }

    /// Random text that a file keeps for life: another one tells that the file was made anew.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Damage that shows only when a block is read.
    fn told<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.or_broken(&self.path))
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic rolled its transaction back, so the connection is as good as before.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reader(&self) -> Result<Connection> {
        let action = "open a connection";
        let reader = self.readers.lock().unwrap_or_else(PoisonError::into_inner).try_clone().doing(action)?;
        reader.execute_batch(&self.choice).doing(action)?;
        Ok(reader)
    }
}

/// Rows of a row group. A group stays in memory until it is full and compressed; the engine's usual ones have 122,880 rows.
const ROW_GROUP: usize = 40_960;
/// Oldest engine that can read the file. Its way to compress texts took a fifth less memory at the peak.
const STORAGE_VERSION: &str = "v1.4.0";
/// What the engine takes for its own, unless the options say otherwise. See `docs/benchmarks.md`.
const MEMORY_LIMIT: u64 = 300_000_000;

/// Checkpoints rewrite much for small batches, so they come when the caller is idle, or else once a row group is full; the
/// engine's own threshold comes first for very long rows only. One thread: batches are small, and more threads spend their time waiting for
/// each other (a sync of 2,000 tickets took 5.3 seconds of processor time with two, 3.8 with one).
fn config(path: &Path, options: &OpenOptions) -> duckdb::Result<Config> {
    let mut spill = path.as_os_str().to_owned();
    spill.push(".tmp");
    Config::default()
        .enable_autoload_extension(false)?
        .threads(1)?
        .with("checkpoint_threshold", "1GB")?
        .with("preserve_insertion_order", "false")?
        .with("temp_directory", spill.to_string_lossy())?
        .max_memory(&format!("{}B", options.memory_limit_bytes.unwrap_or(MEMORY_LIMIT)))
}

/// The file's name in SQL: without its ending, as the engine itself names a file that it opens.
fn catalog(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let taken = ["memory", "temp", "system"].iter().any(|taken| stem.eq_ignore_ascii_case(taken));
    if taken { stem + "_db" } else { stem }
}

/// The engine's log, beside the file.
fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".wal");
    name.into()
}

/// A file that was cut off opens well as long as its first blocks are whole: compare its length with what is in use. Blocks
/// that a replayed log has just claimed are not written yet, so this holds for files without a log only.
fn check_length(path: &Path, connection: &Connection) -> Result<()> {
    const HEADERS: u64 = 3 * 4096;
    let query = "select block_size * used_blocks from pragma_database_size() where database_name = current_database()";
    let used =
        connection.query_row(query, [], |row| row.get::<_, u64>(0)).map_err(|error| Error::opening(path, error))?;
    let (found, needed) = (fs::metadata(path).map_or(0, |file| file.len()), used + HEADERS);
    if found >= needed {
        return Ok(());
    }
    let source = format!("it has {found} bytes and needs {needed}").into();
    Err(Error::Broken { path: path.to_owned(), source })
}

/// While a file is opened, its own tables being unreadable means that it is damaged.
fn damage(path: &Path, error: Error) -> Error {
    match error {
        Error::Engine { source, .. } => Error::Broken { path: path.to_owned(), source },
        other => other,
    }
}

impl Hold for MutexGuard<'_, Writer> {}

impl Warehouse for DuckDbFile {
    fn ensure(&self, table: &Table) -> Result<Vec<String>> {
        let mut writer = self.writer();
        let added = self.told(ensure::ensure(&writer.connection, table))?;
        if !added.is_empty() {
            // Later batches are logged against the new shape only.
            writer.checkpoint()?;
        }
        Ok(added)
    }

    fn apply(&self, batch: Batch, before_commit: &mut dyn FnMut(&Applied) -> Result<(), BoxError>) -> Result<Applied> {
        let mut writer = self.writer();
        self.told(writer.make_room(batch.puts.iter().map(|(_, rows)| rows.len()).sum()))?;
        self.told(apply::apply(&writer.connection, &batch, before_commit))
    }

    fn drop_told(&self, table: &Table, keys: &[Key]) -> Result<u64> {
        self.told(told::drop(&self.writer().connection, table, keys))
    }

    fn cursors(&self) -> Result<BTreeMap<String, String>> {
        self.told(reads::cursors(&self.reader()?))
    }

    fn last_commit(&self) -> Result<i64> {
        Ok(self.told(layout::progress(&self.reader()?))?.commit)
    }

    fn last_sequence(&self) -> Result<i64> {
        Ok(self.told(layout::progress(&self.reader()?))?.sequence)
    }

    fn highest_tick(&self) -> Result<i64> {
        Ok(self.told(layout::progress(&self.reader()?))?.tick)
    }

    fn set_floor(&self, commit: i64, sequence: i64, tick: i64) -> Result<()> {
        self.told(layout::raise(&self.writer().connection, layout::Progress { commit, sequence, tick }))
    }

    fn replay_changes(&self, schema: &str, changes: &[Change]) -> Result<u64> {
        let replay = || {
            let action = "replay changes";
            let writer = self.writer();
            let transaction = writer.connection.unchecked_transaction().doing(action)?;
            let count = history::replay(&transaction, schema, changes)?;
            let last = changes.iter().map(|change| change.sequence).max().unwrap_or(0);
            layout::raise(&transaction, layout::Progress { commit: 0, sequence: last, tick: 0 })?;
            transaction.commit().doing(action)?;
            Ok(count)
        };
        self.told(replay())
    }

    fn count(&self, table: &Table) -> Result<u64> {
        self.told(reads::count(&self.reader()?, table))
    }

    fn live_keys(&self, table: &Table, within: Option<Window<'_>>) -> Result<Vec<Key>> {
        self.told(reads::live_keys(&self.reader()?, table, within))
    }

    fn fingerprints(&self, table: &Table, keys: &[Key]) -> Result<HashMap<Key, Stored>> {
        self.told(reads::fingerprints(&self.reader()?, table, keys))
    }

    fn refresh_echoes(&self, tables: &[&Table]) -> Result<u64> {
        self.told(echoes::refresh(&self.writer().connection, tables))
    }

    fn raw_rows(&self, table: &Table, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Box<str>, Answer)>> {
        self.told(reads::raw_rows(&self.reader()?, table, after, limit))
    }

    fn columns(&self, schema: &str, table: &str) -> Result<Vec<Column>> {
        let stored = self.told(ensure::stored_columns(&self.reader()?, schema, table))?;
        let is_own = |name: &str| sql::BOOKKEEPING.iter().any(|(own, _)| *own == name);
        let columns = stored.into_iter().filter(|(name, _)| !is_own(name));
        Ok(columns.filter_map(|(name, found)| Some(Column::new(name, sql::column_type(&found)?))).collect())
    }

    fn query(&self, sql: &str, parameters: &[Cell], out: &mut dyn Sink, interrupt: &Interrupt) -> Result<()> {
        let parameters = parameters.iter().map(cells::parameter);
        let telling = |error| Error::engine("run a query", error).or_broken(&self.path);
        stream(&self.reader()?, sql, parameters, out, interrupt, &telling)
    }

    fn scalar_i64(&self, sql: &str, parameters: &[Cell]) -> Result<Option<i64>> {
        self.told(reads::scalar_i64(&self.reader()?, sql, parameters))
    }

    fn checkpoint(&self) -> Result<()> {
        self.told(self.writer().checkpoint())
    }

    fn pause_for_copy(&self) -> Result<Paused<'_>> {
        let mut writer = self.writer();
        self.told(writer.checkpoint())?;
        Ok(Paused { _held: Box::new(writer) })
    }
}
