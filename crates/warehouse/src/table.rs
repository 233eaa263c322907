//! What a table looks like: its columns, its key, and how it hangs together with others.
//!
//! Definitions come from the caller as data. Nothing here knows SQL or an engine.

use serde::{Deserialize, Serialize};

/// Type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// 64-bit whole number.
    BigInt,
    /// 64-bit floating point number; NaN and infinities are stored as they are.
    Double,
    /// `DECIMAL(18,6)`: money and hours, exact to a millionth.
    Decimal,
    /// Text of any length.
    Text,
    /// True or false.
    Boolean,
    /// Instant in microseconds UTC.
    Timestamp,
    /// Day of a calendar, without a zone.
    Date,
    /// `MAP(VARCHAR, VARCHAR)`: fields that the owner of the data named himself.
    Map,
    /// JSON document.
    Json,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name, unique in its table without regard to case.
    pub name: String,
    /// Type of its values.
    pub column_type: ColumnType,
}

impl Column {
    /// Shorthand for tables written in code.
    pub fn new(name: impl Into<String>, column_type: ColumnType) -> Self {
        Self { name: name.into(), column_type }
    }
}

/// A column that repeats a value of another table, so that questions need no join.
///
/// `column` of this table holds `table.source` of the row whose `key` equals this row's `reference`: for instance
/// `tickets.client_name` repeats `clients.name` through `tickets.client_id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Echo {
    /// Column of this table that repeats the value.
    pub column: String,
    /// Column of this table that points to the other row.
    pub reference: String,
    /// Other table, of the same schema.
    pub table: String,
    /// Column of the other table that `reference` points to.
    pub key: String,
    /// Column of the other table that is repeated.
    pub source: String,
}

/// A table whose rows arrive inside their parent's row and are replaced together with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// The table of the rows; only its schema, name and columns are used.
    pub table: Table,
    /// Column of `table` that holds the parent's key; the engine fills it in.
    pub parent: String,
}

/// One table of current rows.
///
/// The engine adds `deleted_at` (public, also to children) and its bookkeeping `_asked`, `_answered`, `_fingerprint`,
/// `_narrow` (the fingerprint of the narrow profile) and `_raw_hash`. It keeps the raw JSON in a table of the same name in the schema with `_raw` appended, and observed changes in
/// the schema's table `changes`; neither that name nor those columns can be defined here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Table {
    /// Schema, one per connected source.
    pub schema: String,
    /// Name inside the schema.
    pub name: String,
    /// Columns in the order of [`crate::Row::cells`].
    pub columns: Vec<Column>,
    /// One column (`BigInt` or `Text`) or two (`BigInt`); see [`crate::Key`].
    pub key: Vec<String>,
    /// Timestamp column with the record's own time of last change.
    pub stamp: Option<String>,
    /// Columns whose changes are observed.
    pub watched: Vec<String>,
    /// Tables of the same schema that share the key space: a live row here ends theirs, unless theirs is from a later answer.
    pub rivals: Vec<String>,
    /// Columns that repeat other tables; left out of the fingerprint.
    pub echoes: Vec<Echo>,
    /// Family of its records, where it is told of each that came, changed or went; see [`crate::Happening`].
    pub family: Option<String>,
    /// Tables whose rows arrive inside this table's rows.
    pub children: Vec<Child>,
    /// Columns of the narrow profile, the key among them: what a second, faster source tells of a record. A row of it leaves
    /// all other columns as they are. Empty where there is no such source; a table that has one watches no columns and has
    /// neither children nor rivals.
    pub narrow: Vec<String>,
}

impl Table {
    /// Position of a column in [`Self::columns`].
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|candidate| candidate.name == column)
    }
}
