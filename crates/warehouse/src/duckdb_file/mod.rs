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
    /// Most memory the engine may use for its own, in bytes; by default 80 % of the machine's.
    pub memory_limit_bytes: Option<u64>,
}

/// A warehouse in one DuckDB file, held by this process alone.
///
/// The file's name without its ending must not be the name of a schema: DuckDB could not tell the two apart.
pub struct DuckDbFile {
    path: PathBuf,
    identity: String,
    writer: Mutex<Connection>,
    /// Only cloned, so that a read need not wait for the writer.
    readers: Mutex<Connection>,
    /// Goes last, when nothing is open any more.
    _claim: claim::Claim,
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
        let config = config(options).doing("configure the engine")?;
        let had_log = fs::metadata(log_of(path)).is_ok_and(|log| log.len() > 0);
        let opening = |error| Error::opening(path, error);
        let writer = Connection::open_with_flags(path, config).map_err(opening)?;
        // For all connections, unlike a plain `set`.
        writer.execute_batch("set global TimeZone = 'UTC'").map_err(opening)?;
        if !had_log {
            check_length(path, &writer)?;
        }
        stage::teach(&writer)?;
        let identity = layout::prepare(&writer).map_err(|error| damage(path, error))?;
        let readers = writer.try_clone().map_err(opening)?;
        let (path, writer, readers) = (path.to_owned(), Mutex::new(writer), Mutex::new(readers));
        Ok(Self { path, identity, writer, readers, _claim: claim })
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

    fn writer(&self) -> MutexGuard<'_, Connection> {
        // A panic rolled its transaction back, so the connection is as good as before.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reader(&self) -> Result<Connection> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).try_clone().doing("open a connection")
    }
}

/// Checkpoints rewrite much for small batches, so they come when the caller is idle, or else once per gigabyte of log. One
/// thread: batches are small, and more threads spend their time waiting for each other (a sync of 2,000 tickets took 5.3
/// seconds of processor time with two, 3.8 with one).
fn config(options: &OpenOptions) -> duckdb::Result<Config> {
    let config = Config::default()
        .enable_autoload_extension(false)?
        .threads(1)?
        .with("checkpoint_threshold", "1GB")?
        .with("preserve_insertion_order", "false")?;
    match options.memory_limit_bytes {
        Some(bytes) => config.max_memory(&format!("{bytes}B")),
        None => Ok(config),
    }
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
    let query = "select block_size * used_blocks from pragma_database_size()";
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

impl Hold for MutexGuard<'_, Connection> {}

impl Warehouse for DuckDbFile {
    fn ensure(&self, table: &Table) -> Result<Vec<String>> {
        let writer = self.writer();
        let added = self.told(ensure::ensure(&writer, table))?;
        if !added.is_empty() {
            // Later batches are logged against the new shape only.
            writer.execute_batch("checkpoint").doing("write the log back")?;
        }
        Ok(added)
    }

    fn apply(&self, batch: Batch, before_commit: &mut dyn FnMut(&Applied) -> Result<(), BoxError>) -> Result<Applied> {
        self.told(apply::apply(&self.writer(), &batch, before_commit))
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
        self.told(layout::raise(&self.writer(), layout::Progress { commit, sequence, tick }))
    }

    fn replay_changes(&self, schema: &str, changes: &[Change]) -> Result<u64> {
        let replay = || {
            let action = "replay changes";
            let writer = self.writer();
            let transaction = writer.unchecked_transaction().doing(action)?;
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
        self.told(echoes::refresh(&self.writer(), tables))
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
        self.told(self.writer().execute_batch("checkpoint").doing("write the log back"))
    }

    fn pause_for_copy(&self) -> Result<Paused<'_>> {
        let writer = self.writer();
        self.told(writer.execute_batch("checkpoint").doing("write the log back"))?;
        Ok(Paused { _held: Box::new(writer) })
    }
}
