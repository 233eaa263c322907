//! The warehouse that DuckDB keeps: in a file of its own, or in a lake.
//!
//! One connection writes, behind a lock; every read gets a connection of its own and sees whole batches. There are no indexes
//! and no primary keys: [`apply`] keeps keys unique. [`file`] and [`lake`] know how each place is opened and what is special
//! about it; everything else is the same SQL in both.

mod apply;
mod cells;
mod claim;
mod echoes;
mod ensure;
mod entries;
mod extensions;
mod file;
mod history;
mod lake;
mod lake_address;
mod lake_copy;
mod lake_files;
mod lake_folder;
mod lake_mark;
mod lake_outside;
mod lake_tables;
mod layout;
mod line;
mod lookup;
mod reads;
mod rivals;
pub(crate) mod sql;
mod stage;
mod told;
mod transfer;
mod upkeep;
mod write;
mod write_back;

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use duckdb::Connection;

pub use extensions::Extensions;
pub(crate) use lake::{NAME as LAKE, tells_damage as lake_tells_damage};
pub use lake_address::LakeAddress;
pub use lake_copy::LakeCopy;
pub use lake_folder::{BucketAccess, LakeFolder};
pub use transfer::{Filled, Filling, Origin as TransferOrigin, Share};
pub use upkeep::Upkeep;

use crate::{
    Answer, Applied, Batch, BoxError, Cell, Change, Column, Error, Interrupt, Key, Paused, Result, Sink, Stored, Table,
    Warehouse, Window, contract::Hold, error::Doing, stream::stream,
};
use echoes::Settled;
use ensure::Maker;
use file::File;
use lake::Lake;
use layout::Definitions;
use line::Line;

/// How a warehouse is opened.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// Most memory the engine may use for its own, in bytes; by default 300 MB.
    pub memory_limit_bytes: Option<u64>,
    /// Folder for what does not fit into memory; by default beside the file, or for a lake in the system's temporary folder.
    pub spill_folder: Option<PathBuf>,
    /// Whose lake it is, as a line of text: a new lake keeps that, and one of somebody else is refused. Without it nobody asks.
    pub owner: Option<String>,
}

/// What the engine takes for its own, unless the options say otherwise. See `docs/benchmarks.md`.
const MEMORY_LIMIT: u64 = 300_000_000;

impl OpenOptions {
    fn memory_limit(&self) -> String {
        format!("{}B", self.memory_limit_bytes())
    }

    fn memory_limit_bytes(&self) -> u64 {
        self.memory_limit_bytes.unwrap_or(MEMORY_LIMIT)
    }
}

/// A warehouse in one DuckDB file or in one lake, written by this process alone.
pub struct DuckDb {
    identity: String,
    /// Its name in SQL.
    catalog: &'static str,
    writer: Mutex<Writer>,
    readers: Mutex<Readers>,
    /// Goes last, when nothing is open any more.
    place: Place,
}

/// Where the tables are.
enum Place {
    File(File),
    Lake(Box<Lake>),
}

impl Place {
    /// What an error means here.
    fn told(&self, error: Error) -> Error {
        match self {
            Self::File(file) => file.told(error),
            Self::Lake(lake) => lake.told(error),
        }
    }

    /// Whether an error tells of a file of it.
    fn names_a_file(&self, text: &str) -> bool {
        match self {
            Self::File(file) => file.names_it(text),
            Self::Lake(lake) => lake.names_a_file(text),
        }
    }

    /// What an error means while the warehouse is opened.
    fn opening(&self, error: Error) -> Error {
        match self {
            Self::File(file) => file.opening(error),
            Self::Lake(lake) => lake.told(error),
        }
    }

    /// Makes this process the only one that writes. A file has a lock for that.
    fn take_over(&self, connection: &Connection) -> Result<()> {
        if let Self::Lake(lake) = self { lake.take_over(connection) } else { Ok(()) }
    }

    /// What a transaction of the writer begins with; refused where this process is not the one that writes any more.
    fn begin(&self, connection: &Connection) -> Result<layout::Progress> {
        let state = layout::state(connection, self.is_lake())?;
        if let Self::Lake(lake) = self {
            lake.check_held(state.token.as_deref())?;
        }
        Ok(state.progress)
    }

    /// Makes durable what a transaction wrote and what its commit does not.
    fn settle(&self) -> Result<()> {
        if let Self::Lake(lake) = self { lake.settle() } else { Ok(()) }
    }

    fn is_lake(&self) -> bool {
        matches!(self, Self::Lake(_))
    }

    fn memory(&self) -> Memory {
        match self {
            Self::File(_) => Memory::Logged { rows: 0 },
            Self::Lake(_) => Memory::None,
        }
    }
}

/// Connections that read, so that a read need not wait for the writer.
struct Readers {
    /// Only cloned.
    first: Line,
    /// Those that wait for a question. There are as many as were ever asked at the same time.
    idle: Vec<Line>,
}

/// What was written, and is not yet where it will stay.
enum Memory {
    /// Rows that came into the file's log since the last checkpoint.
    Logged { rows: usize },
    /// Whatever was committed is where it belongs.
    None,
}

/// How long reads are waited for where the log has to be written back, and where that can be done later as well.
const FOR_READS: Duration = Duration::from_secs(10);
const A_MOMENT: Duration = Duration::from_secs(1);

/// The connection that writes.
struct Writer {
    connection: Line,
    memory: Memory,
    definitions: Definitions,
    echoes: Settled,
}

/// A transaction of the writer.
struct Begun<'a> {
    connection: &'a Connection,
    definitions: &'a mut Definitions,
    echoes: &'a mut Settled,
    progress: layout::Progress,
}

impl Writer {
    fn checkpoint(&mut self, patience: Duration) -> Result<()> {
        if let Memory::Logged { rows } = &mut self.memory {
            write_back::write_back(&self.connection, patience)?;
            *rows = 0;
        }
        Ok(())
    }

    /// Does some work in one transaction; nothing of it stays if it fails.
    fn transaction<T>(
        &mut self,
        place: &Place,
        action: &'static str,
        work: impl FnOnce(Begun<'_>) -> Result<T>,
    ) -> Result<T> {
        // Rolled back when it is dropped without a commit.
        let transaction = self.connection.unchecked_transaction().doing(action)?;
        let progress = place.begin(&transaction)?;
        let done = work(Begun {
            connection: &transaction,
            definitions: &mut self.definitions,
            echoes: &mut self.echoes,
            progress,
        })?;
        place.settle()?;
        transaction.commit().doing(action)?;
        Ok(done)
    }

    /// Writes the log back before a row group is passed, so that no group is written half full and merged later.
    fn make_room(&mut self, more: usize) -> Result<()> {
        let Memory::Logged { rows } = &mut self.memory else { return Ok(()) };
        // While reads hold it up, a group half full is better than waiting.
        if *rows > 0 && *rows + more > file::ROW_GROUP && write_back::write_back_if_free(&self.connection)? {
            *rows = 0;
        }
        *rows += more;
        Ok(())
    }
}

impl DuckDb {
    /// Opens the file, or creates it. It is only ever opened through the engine, because closing any other handle of this
    /// process would drop the engine's lock on it.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`], [`Error::Locked`], [`Error::NewerLayout`], [`Error::ReadOnly`] or [`Error::Full`], where they
    /// apply. The file is left as it was.
    pub fn open_file(path: &Path, options: &OpenOptions) -> Result<Self> {
        let (file, connection) = File::open(path, options)?;
        Self::over(Place::File(file), file::CATALOG, connection)
    }

    /// Opens the lake, or creates it. Whoever has it open elsewhere cannot write any more: each of its batches is refused
    /// with [`Error::Locked`].
    ///
    /// # Errors
    ///
    /// [`Error::Extension`], [`Error::Away`], [`Error::Foreign`], [`Error::Broken`], [`Error::NewerLayout`],
    /// [`Error::ReadOnly`] or [`Error::Full`], where they apply.
    pub fn open_lake(address: &LakeAddress, extensions: &Extensions, options: &OpenOptions) -> Result<Self> {
        let (lake, connection) = Lake::open(address, extensions, options)?;
        Self::over(Place::Lake(Box::new(lake)), lake::NAME, connection)
    }

    fn over(place: Place, catalog: &'static str, connection: Connection) -> Result<Self> {
        let connection = Line::new(connection, place.is_lake());
        stage::teach(&connection)?;
        let prepared = layout::prepare(&connection).and_then(|identity| {
            place.take_over(&connection)?;
            Ok(identity)
        });
        let identity = prepared.map_err(|error| place.opening(error))?;
        let first = connection.try_clone().doing("open a connection")?;
        let readers = Readers { first, idle: Vec::new() };
        let writer = Writer {
            connection,
            memory: place.memory(),
            definitions: Definitions::default(),
            echoes: Settled::default(),
        };
        Ok(Self { identity, catalog, writer: Mutex::new(writer), readers: Mutex::new(readers), place })
    }

    /// Random text that a warehouse keeps for life: another one tells that it was made anew.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    fn told<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| self.place.told(error))
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic rolled its transaction back, so the connection is as good as before.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn readers(&self) -> MutexGuard<'_, Readers> {
        // Each change of it is one step.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One read on a connection of its own.
    fn read<T>(&self, question: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let read = || {
            let idle = self.readers().idle.pop();
            let connection = idle.map_or_else(|| self.new_reader(), Ok)?;
            // In a lake every transaction asks the catalogue first, and a statement of its own would be two.
            let transaction = connection.unchecked_transaction().doing("begin to read")?;
            let answer = question(&transaction)?;
            transaction.commit().doing("end reading")?;
            // One whose question failed is not used again.
            self.readers().idle.push(connection);
            Ok(answer)
        };
        self.told(read())
    }

    fn new_reader(&self) -> Result<Line> {
        let action = "open a connection";
        let reader = self.readers().first.try_clone().doing(action)?;
        reader.execute_batch(&sql::choose(self.catalog)).doing(action)?;
        Ok(reader)
    }

    /// One piece of work of the writer.
    fn write<T>(&self, work: impl FnOnce(&mut Writer) -> Result<T>) -> Result<T> {
        self.told(work(&mut self.writer()))
    }

    /// The same, in one transaction.
    fn transaction<T>(&self, action: &'static str, work: impl FnOnce(Begun<'_>) -> Result<T>) -> Result<T> {
        self.write(|writer| writer.transaction(&self.place, action, work))
    }
}

impl Hold for MutexGuard<'_, Writer> {}

impl Warehouse for DuckDb {
    fn ensure(&self, tables: &[&Table]) -> Result<Vec<String>> {
        self.write(|writer| {
            let lacking = ensure::lacking(&writer.connection, &mut writer.definitions, self.catalog, tables)?;
            if lacking.is_empty() {
                return Ok(Vec::new());
            }
            // One transaction for all: in a lake everything is read anew after a table has changed.
            let added = writer.transaction(&self.place, "create tables", |begun| {
                begun.definitions.forget();
                ensure::make(Maker { connection: begun.connection, in_lake: self.place.is_lake() }, &lacking)
            })?;
            if !added.is_empty() {
                // Later batches are logged against the new shape only.
                writer.checkpoint(FOR_READS)?;
            }
            Ok(added)
        })
    }

    fn apply(&self, batch: Batch, before_commit: &mut dyn FnMut(&Applied) -> Result<(), BoxError>) -> Result<Applied> {
        self.write(|writer| {
            writer.make_room(batch.puts.iter().map(|(_, rows)| rows.len()).sum())?;
            writer.transaction(&self.place, "commit a batch", |begun| {
                let applied = apply::apply(begun, &batch)?;
                before_commit(&applied).map_err(Error::Observer)?;
                Ok(applied)
            })
        })
    }

    fn drop_told(&self, table: &Table, keys: &[Key]) -> Result<u64> {
        self.transaction("take rows out", |begun| {
            begun.echoes.unsettle(&table.schema, &table.name);
            told::drop(begun.connection, table, keys)
        })
    }

    fn cursors(&self) -> Result<BTreeMap<String, String>> {
        self.read(reads::cursors)
    }

    fn last_commit(&self) -> Result<i64> {
        Ok(self.read(layout::progress)?.commit)
    }

    fn last_sequence(&self) -> Result<i64> {
        Ok(self.read(layout::progress)?.sequence)
    }

    fn highest_tick(&self) -> Result<i64> {
        Ok(self.read(layout::progress)?.tick)
    }

    fn set_floor(&self, commit: i64, sequence: i64, tick: i64) -> Result<()> {
        let floor = layout::Progress { commit, sequence, tick };
        self.transaction("store its progress", |begun| layout::raise(begun.connection, floor))
    }

    fn replay_changes(&self, schema: &str, changes: &[Change]) -> Result<u64> {
        self.transaction("replay changes", |begun| {
            let count = history::replay(begun.connection, schema, changes)?;
            let last = changes.iter().map(|change| change.sequence).max().unwrap_or(0);
            layout::raise(begun.connection, layout::Progress { commit: 0, sequence: last, tick: 0 })?;
            Ok(count)
        })
    }

    fn count(&self, table: &Table) -> Result<u64> {
        self.read(|connection| reads::count(connection, table))
    }

    fn live_keys(&self, table: &Table, within: Option<Window<'_>>) -> Result<Vec<Key>> {
        self.read(|connection| reads::live_keys(connection, table, within))
    }

    fn fingerprints(&self, table: &Table, keys: &[Key]) -> Result<HashMap<Key, Stored>> {
        self.read(|connection| reads::fingerprints(connection, table, keys))
    }

    fn refresh_echoes(&self, tables: &[&Table]) -> Result<u64> {
        self.write(|writer| {
            if !writer.echoes.lacks(tables) {
                return Ok(0);
            }
            let (count, written) = writer.transaction(&self.place, "refresh repeated columns", |begun| {
                echoes::refresh(begun.connection, begun.echoes, tables)
            })?;
            writer.echoes.settle(tables, &written);
            Ok(count)
        })
    }

    fn raw_rows(&self, table: &Table, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Box<str>, Answer)>> {
        self.read(|connection| reads::raw_rows(connection, table, after, limit))
    }

    fn columns(&self, schema: &str, table: &str) -> Result<Vec<Column>> {
        let stored = self.read(|connection| ensure::stored_columns(connection, schema, table))?;
        let is_own = |name: &str| sql::BOOKKEEPING.iter().any(|(own, _)| *own == name);
        let columns = stored.into_iter().filter(|(name, _)| !is_own(name));
        Ok(columns.filter_map(|(name, found)| Some(Column::new(name, sql::column_type(&found)?))).collect())
    }

    fn query(&self, sql: &str, parameters: &[Cell], out: &mut dyn Sink, interrupt: &Interrupt) -> Result<()> {
        let parameters = parameters.iter().map(cells::parameter);
        let telling = |error| Error::engine("run a query", error);
        self.read(|connection| stream(connection, sql, parameters, out, interrupt, &telling))
    }

    fn scalar_i64(&self, sql: &str, parameters: &[Cell]) -> Result<Option<i64>> {
        self.read(|connection| reads::scalar_i64(connection, sql, parameters))
    }

    fn checkpoint(&self) -> Result<()> {
        self.write(|writer| writer.checkpoint(A_MOMENT))
    }

    fn pause_for_copy(&self) -> Result<Paused<'_>> {
        let mut writer = self.writer();
        self.told(writer.checkpoint(FOR_READS))?;
        Ok(Paused { _held: Box::new(writer) })
    }
}
