//! The promises of a warehouse, whichever engine keeps them.

use std::collections::{BTreeMap, HashMap};

use crate::{Answer, Applied, Batch, BoxError, Cell, Change, Column, Interrupt, Key, Result, Sink, Stored, Table};

/// A span of time over one column of type `Timestamp` or `Date`.
///
/// The column, then microseconds UTC: from (inclusive), to (exclusive). A `Date` counts as its midnight UTC.
pub type Window<'a> = (&'a str, i64, i64);

/// Holds the writer between two transactions, so that a child process may copy the files; released on drop.
#[must_use = "the writer goes on as soon as this is dropped"]
pub struct Paused<'a> {
    pub(crate) _held: Box<dyn Hold + 'a>,
}

/// What an engine holds while it is paused.
pub(crate) trait Hold {}

/// Current rows of many tables, fed by batches.
///
/// One writer at a time, any number of readers, each of which sees whole batches. All calls block.
pub trait Warehouse: Send + Sync {
    /// Creates each table with its children and its raw table, or adds the columns they lack; all in one transaction. Returns
    /// the names of added columns (`child.column` for those of children); none for a table that was created. Columns are never
    /// dropped and never change their type.
    fn ensure(&self, tables: &[&Table]) -> Result<Vec<String>>;

    /// Applies a batch in one transaction. `before_commit` runs when everything is written but not yet committed: what it
    /// stores may be ahead of the warehouse after a crash, never behind. If it fails, nothing is changed.
    /// Applying a batch again changes nothing.
    ///
    /// Of two answers about a record, the one that was asked for after the other had arrived wins, and is remembered even
    /// where it tells nothing new. Of answers that overlap, the later stamp wins; where stamps do not decide and the answers
    /// contradict each other, what is stored stays and the record is reported as contested. A tombstone keeps the row with
    /// its values; one for an unknown record is remembered, so that no older page brings it in.
    fn apply(&self, batch: Batch, before_commit: &mut dyn FnMut(&Applied) -> Result<(), BoxError>) -> Result<Applied>;

    /// Takes rows out that were only told of ([`crate::Origin::Provisional`]), where no answer ever showed their records. Returns
    /// how many.
    fn drop_told(&self, table: &Table, keys: &[Key]) -> Result<u64>;

    /// All cursors.
    fn cursors(&self) -> Result<BTreeMap<String, String>>;

    /// Number of the last committed batch; 0 when there was none.
    fn last_commit(&self) -> Result<i64>;

    /// Sequence of the last change; 0 when there was none.
    fn last_sequence(&self) -> Result<i64>;

    /// Highest tick any committed batch carried; 0 when there was none.
    fn highest_tick(&self) -> Result<i64>;

    /// Raises commit, sequence and tick to at least these, for a rebuilt warehouse that goes on where the old one ended.
    fn set_floor(&self, commit: i64, sequence: i64, tick: i64) -> Result<()>;

    /// Inserts those changes that are missing, by their sequence; returns how many were.
    fn replay_changes(&self, schema: &str, changes: &[Change]) -> Result<u64>;

    /// Number of live rows. What was only told of, and no answer ever showed, is none of them.
    fn count(&self, table: &Table) -> Result<u64>;

    /// Keys of live rows, as counted by [`Self::count`], ascending; only those inside the window where one is given.
    fn live_keys(&self, table: &Table, within: Option<Window<'_>>) -> Result<Vec<Key>>;

    /// What is stored of these records; unknown ones are left out.
    fn fingerprints(&self, table: &Table, keys: &[Key]) -> Result<HashMap<Key, Stored>>;

    /// Brings columns that repeat other tables up to date, table by table, each in the order of its echoes; returns the
    /// number of rows changed. Only live rows take part; where the other record is missing or deleted, the value stays.
    /// Not a batch: commit number, answers, stamps and fingerprints stay.
    fn refresh_echoes(&self, tables: &[&Table]) -> Result<u64>;

    /// Raw records in the order of their keys, those after `after`, each with the answer its row is known by.
    fn raw_rows(&self, table: &Table, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Box<str>, Answer)>>;

    /// Columns of a table as it is stored, with `deleted_at` but without the engine's bookkeeping; empty when there is no such table.
    fn columns(&self, schema: &str, table: &str) -> Result<Vec<Column>>;

    /// Runs one read that the product wrote, with `?` for parameters, and streams its rows. SQL that people wrote goes
    /// through [`crate::reader`].
    fn query(&self, sql: &str, parameters: &[Cell], out: &mut dyn Sink, interrupt: &Interrupt) -> Result<()>;

    /// The first value of the first row of such a read as a whole number; `None` when there is no row or it is NULL.
    fn scalar_i64(&self, sql: &str, parameters: &[Cell]) -> Result<Option<i64>>;

    /// Writes the log back into the files, where there is one.
    fn checkpoint(&self) -> Result<()>;

    /// Checkpoints, then holds the writer, so that a *child process* may copy the files. Reads go on.
    fn pause_for_copy(&self) -> Result<Paused<'_>>;
}
