//! Observed changes: the one part of a warehouse that cannot be fetched again.
//!
//! They come here *before* the warehouse commits them. A warehouse commits one batch after the other, so after a crash at
//! most its very next commit is here without having happened there; [`Store::observed_prune_after`] drops it. Anything
//! later means that the warehouse is an older copy, whose changes must not be dropped.

use serde::Serialize;
use warehouse::Change;

use super::connections::ConnectionId;
use super::engine::{Statement, Store, Work, from_json, parameters, statement, to_json, to_list, transaction};
use super::error::{Result, StoreError};
use super::ledger::{self, LedgerEntry};

/// An observed change with the commit that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Identity of the warehouse that made it.
    pub identity: String,
    /// Number of the commit there.
    pub commit: i64,
    /// The change.
    pub change: Change,
}

/// Where a reader of [`Store::observed_page`] stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObservedPosition {
    sequence: i64,
    identity: String,
}

/// A change on its way into the table. As text within the list, its JSON stays as it is.
#[derive(Serialize)]
struct Kept {
    sequence: i64,
    kind: &'static str,
    body: String,
}

impl Kept {
    fn new(change: &Change) -> Result<Self> {
        let kind = if change.field == "deleted_at" { "tombstone" } else { "change" };
        Ok(Self { sequence: change.sequence, kind, body: to_json("observed change", change)? })
    }
}

const DROP: Statement = statement!("observed_drop", "drop a commit that never happened");

impl Store {
    /// Keeps the changes of a commit that is about to happen, and what it shows to have happened. Calling it again for the same commit replaces what was kept:
    /// the earlier attempt did not happen. Durable on return.
    ///
    /// # Errors
    /// [`StoreError::WarehouseBehind`] if later commits are kept.
    pub async fn observed_append(
        &self,
        connection: ConnectionId,
        identity: &str,
        commit: i64,
        changes: &[Change],
        ledger: &[LedgerEntry],
    ) -> Result<()> {
        let list = changes.iter().map(Kept::new).collect::<Result<Vec<_>>>()?;
        let list = to_list("observed changes", &list)?;
        let append = statement!("observed_append", "keep observed changes");
        transaction!(self, work, {
            let latest = latest(&mut work, connection, identity).await?;
            if latest > commit {
                return Err(StoreError::WarehouseBehind { warehouse: commit - 1, store: latest });
            }
            work.execute(&DROP, parameters![identity, commit]).await?;
            if !changes.is_empty() {
                work.execute(&append, parameters![connection.0, identity, commit, list.as_str()]).await?;
            }
            ledger::replace(&mut work, (connection, identity, commit), ledger).await?;
        })
    }

    /// Drops the changes of the commit after `commit`, the last one of this warehouse: it never happened. To be called
    /// when a warehouse is opened. Returns how many changes were dropped.
    ///
    /// # Errors
    /// [`StoreError::WarehouseBehind`] if still later commits are kept: nothing is dropped then.
    pub async fn observed_prune_after(&self, connection: ConnectionId, identity: &str, commit: i64) -> Result<u64> {
        transaction!(self, work, {
            let latest = latest(&mut work, connection, identity).await?;
            if latest > commit + 1 {
                return Err(StoreError::WarehouseBehind { warehouse: commit, store: latest });
            }
            let dropped = work.execute(&DROP, parameters![identity, commit + 1]).await?;
            ledger::replace(&mut work, (connection, identity, commit + 1), &[]).await?;
            dropped
        })
    }

    /// Drops what is kept of a connection from later commits of a warehouse, where the store is a copy that was made after that of the
    /// warehouse. Those changes are seen again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn observed_cut(&self, connection: ConnectionId, identity: &str, commit: i64) -> Result<()> {
        let observed = statement!("observed_cut", "drop later changes");
        let ledger = statement!("ledger_cut", "drop what later commits showed");
        transaction!(self, work, {
            work.execute(&observed, parameters![connection.0, identity, commit]).await?;
            work.execute(&ledger, parameters![connection.0, identity, commit]).await?;
        })
    }

    /// The next changes of a connection after a position, over all its warehouses, in the order of their sequence; at
    /// most `limit`. Returns the position after them; an empty page is the end.
    ///
    /// # Errors
    /// [`StoreError::Value`] if a change was written by another version in another form.
    pub async fn observed_page(
        &self,
        connection: ConnectionId,
        after: &ObservedPosition,
        limit: u32,
    ) -> Result<(Vec<Observed>, ObservedPosition)> {
        let rows: Vec<(i64, String, i64, String)> = self
            .all(
                &statement!("observed_page", "read observed changes"),
                parameters![connection.0, after.sequence, &after.identity, limit],
            )
            .await?;
        let position = rows
            .last()
            .map(|(sequence, identity, ..)| ObservedPosition { sequence: *sequence, identity: identity.clone() });
        let observed = |(_, identity, commit, body): (i64, String, i64, String)| {
            Ok(Observed { identity, commit, change: from_json("observed change", &body)? })
        };
        let page = rows.into_iter().map(observed).collect::<Result<_>>()?;
        Ok((page, position.unwrap_or_else(|| after.clone())))
    }

    /// Highest commit and highest sequence that were ever kept, over all warehouses of a connection; 0 when there was none.
    /// A rebuilt warehouse goes on after them.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn observed_last(&self, connection: ConnectionId) -> Result<(i64, i64)> {
        self.one(&statement!("observed_last", "read observed commits"), parameters![connection.0]).await
    }
}

async fn latest(work: &mut Work, connection: ConnectionId, identity: &str) -> Result<i64> {
    let latest = statement!("observed_latest_commit", "read observed commits");
    Ok(work.one::<(i64,)>(&latest, parameters![connection.0, identity]).await?.0)
}
