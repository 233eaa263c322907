//! What can happen to the records after the history: the only code that changes them.
//!
//! Random mutations and clients of the API both come through here, so that stamps, indexes, counts and
//! logs follow every change alike. Each change stamps its record; a record's stamp always rises, also
//! when two changes fall into one millisecond.

pub(crate) mod commerce;
pub(crate) mod invoice;
pub(crate) mod lists;
pub(crate) mod party;
pub(crate) mod ticket;
pub(crate) mod work;

use super::World;
use super::rows::Change;
use super::table::{Row, Table};
use crate::times::Ms;

/// The stamp of a change made now to a record that was stamped `before`.
fn rise(stamp: Ms, before: Ms) -> Ms {
    stamp.max(before + 1)
}

/// The number of a new row, at least `first`.
fn next<R: Row>(table: &Table<R>, first: i32) -> i32 {
    i32::try_from(table.next_id()).unwrap_or(first).max(first)
}

/// Adds to a change log.
fn log(table: &mut Table<Change>, at: Ms, record: i32, line: i32, field: &'static str, old: &str, new: &str) {
    table.push(Change { id: next(table, 1), record, line, field, old: old.into(), new: new.into(), at });
}

/// Why a record stays.
#[derive(Debug, PartialEq)]
pub(crate) enum Kept {
    Missing,
    /// Others depend on it; the sentence says which.
    Needed(&'static str),
}

impl World {
    /// Whether any ticket, deleted ones included, is as asked.
    fn any_ticket(&self, test: impl Fn(&super::rows::Ticket) -> bool) -> bool {
        self.tickets.rows().iter().any(test)
    }
}
