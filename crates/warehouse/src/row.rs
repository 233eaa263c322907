//! Values, keys and rows as they enter the warehouse.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Key of a record inside its table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Key {
    /// One whole number.
    Int(i64),
    /// Two whole numbers, for records counted inside a parent.
    Pair(i64, i64),
    /// One text.
    Text(Box<str>),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(key) => write!(f, "{key}"),
            Self::Text(key) => f.write_str(key),
            Self::Pair(first, second) => write!(f, "{first}/{second}"),
        }
    }
}

/// A name in a [`Cell::Map`] with its value.
pub type MapEntry = (Box<str>, Option<Box<str>>);

/// One value.
///
/// A value that its column cannot hold (a decimal of 10^12 or more, a day or an instant beyond the engine's calendar,
/// malformed JSON) is stored as NULL; the record's raw JSON keeps it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// Whole number.
    Int(i64),
    /// Floating point number.
    Double(f64),
    /// Exact number in millionths.
    Decimal(i64),
    /// Text.
    Text(Box<str>),
    /// True or false.
    Bool(bool),
    /// Microseconds since 1970-01-01 UTC.
    Timestamp(i64),
    /// Days since 1970-01-01.
    Date(i32),
    /// Names with their values; of a name that comes twice the last value counts. A zero byte is stored as U+FFFD.
    Map(Vec<MapEntry>),
    /// JSON document.
    Json(Box<str>),
}

/// When an answer was asked for and when it had arrived, on one logical clock (rising numbers, never wall time).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Answer {
    /// Tick at which the request was sent.
    pub asked: i64,
    /// Tick at which its answer had arrived; never below `asked`.
    pub answered: i64,
}

/// One record as an answer showed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Values in the order of [`crate::Table::columns`].
    pub cells: Vec<Cell>,
    /// Rows of each of [`crate::Table::children`], in that order, with values in the order of the child's columns.
    pub children: Vec<Vec<Vec<Cell>>>,
    /// The record's JSON as it came.
    pub raw: Box<str>,
    /// The answer that showed it.
    pub answer: Answer,
    /// Microseconds UTC, for a record that is listed as deleted.
    pub deleted_at: Option<i64>,
    /// Whether it tells only of the columns in [`crate::Table::narrow`]; the others are NULL then, and stay as they are.
    pub narrow: bool,
}

/// Knowledge that a record is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// Which record.
    pub key: Key,
    /// The answer that showed its absence.
    pub answer: Answer,
    /// Microseconds UTC.
    pub deleted_at: i64,
}

/// What the warehouse knows of a record without its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// See [`crate::fingerprint()`].
    pub fingerprint: u64,
    /// See [`crate::narrow_fingerprint()`]. Equal to the fingerprint where nothing else of the record is known.
    pub narrow: Option<u64>,
    /// Whether it is marked as deleted.
    pub deleted: bool,
    /// The answer it was last taken from.
    pub answer: Answer,
}
