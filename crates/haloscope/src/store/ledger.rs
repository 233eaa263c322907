//! What happened to records that webhooks tell of, as reading showed it, beside the deliveries that announced it.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::connections::ConnectionId;
use super::engine::{Store, Work, parameters, statement, to_list};
use super::error::Result;

/// Something that happened to a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    /// Its family.
    pub family: String,
    /// Its id.
    pub record: i64,
    /// `created`, `changed` or `deleted`.
    pub says: &'static str,
    /// The record's own time of it, or a moment before it; microseconds UTC by HaloPSA's clock.
    pub happened_at: i64,
    /// When it was read, microseconds UTC.
    pub seen_at: i64,
}

/// An entry with what deliveries told of it until now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct Ledgered {
    /// Rises with each entry.
    pub number: i64,
    /// See [`LedgerEntry::family`].
    pub family: String,
    /// See [`LedgerEntry::record`].
    pub record: i64,
    /// See [`LedgerEntry::says`].
    pub says: String,
    /// See [`LedgerEntry::happened_at`].
    pub happened_at: i64,
    /// See [`LedgerEntry::seen_at`].
    pub seen_at: i64,
    /// When the first delivery arrived that tells of the record as it was then or later; none when there is none.
    pub announced_at: Option<i64>,
    /// Whether there is a delivery of the very event.
    pub by_its_event: bool,
}

impl Store {
    /// What was seen since a moment (microseconds UTC), in its order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn ledger_list(&self, connection: ConnectionId, since: i64) -> Result<Vec<Ledgered>> {
        self.all(&statement!("ledger_list", "read the ledger"), parameters![connection.0, since]).await
    }
}

/// Puts the entries of one commit in the place of what was kept of it and of later ones.
pub(super) async fn replace(
    work: &mut Work,
    (connection, identity, commit): (ConnectionId, &str, i64),
    entries: &[LedgerEntry],
) -> Result<()> {
    work.execute(&statement!("ledger_drop", "drop an attempt"), parameters![identity, commit]).await?;
    if !entries.is_empty() {
        let append = statement!("ledger_append", "keep the ledger");
        let list = to_list("ledger", entries)?;
        work.execute(&append, parameters![connection.0, identity, commit, list]).await?;
    }
    Ok(())
}
