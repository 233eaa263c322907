//! What goes into [`crate::Warehouse::apply`] and what comes out.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Key, Row, Table, Tombstone};

/// Why a batch exists; decides whether its changes are observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Records that changed just now.
    Live,
    /// History that is loaded for the first time.
    Backfill,
    /// Rows made again from records already held. With the very answer that is stored, a row replaces the stored values and
    /// keeps the deletion.
    Rebuild,
    /// Records that were found missing or different.
    Repair,
    /// Records as somebody told of them who was not asked. They are shown until an answer confirms or replaces them: a row of
    /// this origin replaces only one with an earlier stamp, is marked in the column `_provisional`, and is no news. Its tick
    /// *answered* is when it was told.
    Provisional,
}

impl Origin {
    /// The word stored with observed changes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Backfill => "backfill",
            Self::Rebuild => "rebuild",
            Self::Repair => "repair",
            Self::Provisional => "provisional",
        }
    }

    /// Whether differences to older rows are news, rather than a consequence of loading.
    pub fn is_observed(self) -> bool {
        matches!(self, Self::Live | Self::Repair)
    }
}

/// Rows, tombstones and the cursors that cover them; applied as a whole or not at all.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Why the batch exists.
    pub origin: Origin,
    /// Microseconds UTC.
    pub observed_at: i64,
    /// Rows per table. A key may come several times; the order matters only where answers do not decide.
    pub puts: Vec<(Arc<Table>, Vec<Row>)>,
    /// Deletions per table, judged after the rows.
    pub tombstones: Vec<(Arc<Table>, Vec<Tombstone>)>,
    /// Names with their new values; `None` removes one.
    pub cursors: Vec<(String, Option<String>)>,
}

impl Batch {
    /// Whether there is nothing to apply.
    pub fn is_empty(&self) -> bool {
        let is_bare = self.puts.iter().all(|(_, rows)| rows.is_empty()) && self.cursors.is_empty();
        is_bare && self.tombstones.iter().all(|(_, tombstones)| tombstones.is_empty())
    }
}

/// A difference of one field between a stored row and the one that replaced it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Rises over the whole life of the warehouse.
    pub sequence: i64,
    /// Name of the table, without its schema.
    pub table: String,
    /// Which record.
    pub key: Key,
    /// A watched column, or `deleted_at`.
    pub field: String,
    /// Value before, as the engine writes it as text.
    pub old: Option<String>,
    /// Value after, likewise.
    pub new: Option<String>,
    /// The record's own time of change, microseconds UTC.
    pub changed_at: Option<i64>,
    /// Microseconds UTC, from the batch.
    pub observed_at: i64,
    /// From the batch.
    pub origin: Origin,
}

/// What happened to a record, as one answer after the other shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// It is new.
    Created,
    /// It changed, or was restored.
    Changed,
    /// It went.
    Deleted,
}

/// Something that happened to one record of a family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// See [`Table::family`].
    pub family: String,
    /// Which record.
    pub key: Key,
    /// What.
    pub what: Happened,
    /// The record's own time of it, microseconds UTC; none for a deletion, and where records have none.
    pub at: Option<i64>,
}

/// What a batch did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Number of this transaction; rises by one.
    pub commit: i64,
    /// Rows that were new, those listed as deleted included.
    pub inserted: u64,
    /// Rows that replaced one with other content, or revived it.
    pub changed: u64,
    /// Rows and tombstones that told nothing new, such as the end of a record that was never here.
    pub same: u64,
    /// Rows and tombstones from answers older than what is stored.
    pub older: u64,
    /// Rows that became deleted: by a tombstone, by being listed as deleted, or ended by a rival.
    pub deleted: u64,
    /// Records (table name, key) whose answers overlap with equal change times but different content: fetch them again.
    pub contested: Vec<(String, Key)>,
    /// Differences to the rows before, in the order of their sequence.
    pub changes: Vec<Change>,
    /// What happened to records of families, where the batch's origin is observed. Rows that differ from what was stored, but
    /// whose own time of change stood still, are left out: something beside them was shown in another way.
    pub happenings: Vec<Happening>,
}
