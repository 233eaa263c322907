//! Observed changes: the one part of a warehouse that cannot be fetched again.
//!
//! They come here *before* the warehouse commits them. A warehouse commits one batch after the other, so after a crash at
//! most its very next commit is here without having happened there; [`Store::observed_prune_after`] drops it. Anything
//! later means that the warehouse is an older copy, whose changes must not be dropped.

use warehouse::Change;

use super::connections::ConnectionId;
use super::database::{Store, from_json, to_json};
use super::error::{Result, StoreError};
use super::ledger::LedgerEntry;

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
        let json = to_json("observed changes", changes)?;
        let mut transaction = self.begin().await?;
        let query =
            sqlx::query_scalar(include_str!("sql/observed_latest_commit.sql")).bind(connection.0).bind(identity);
        let latest: i64 = query.fetch_one(&mut *transaction).await.map_err(self.failed("read observed commits"))?;
        if latest > commit {
            return Err(StoreError::WarehouseBehind { warehouse: commit - 1, store: latest });
        }
        if latest == commit {
            let query =
                sqlx::query(include_str!("sql/observed_drop.sql")).bind(connection.0).bind(identity).bind(commit);
            query.execute(&mut *transaction).await.map_err(self.failed("drop an attempt"))?;
        }
        if !changes.is_empty() {
            let query = sqlx::query(include_str!("sql/observed_append.sql"));
            let query = query.bind(connection.0).bind(identity).bind(commit).bind(json);
            query.execute(&mut *transaction).await.map_err(self.failed("keep observed changes"))?;
        }
        self.ledger_replace(&mut transaction, (connection, identity, commit), ledger).await?;
        transaction.commit().await.map_err(self.failed("keep observed changes"))
    }

    /// Drops the changes of the commit after `commit`, the last one of this warehouse: it never happened. To be called
    /// when a warehouse is opened. Returns how many changes were dropped.
    ///
    /// # Errors
    /// [`StoreError::WarehouseBehind`] if still later commits are kept: nothing is dropped then.
    pub async fn observed_prune_after(&self, connection: ConnectionId, identity: &str, commit: i64) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let query =
            sqlx::query_scalar(include_str!("sql/observed_latest_commit.sql")).bind(connection.0).bind(identity);
        let latest: i64 = query.fetch_one(&mut *transaction).await.map_err(self.failed("read observed commits"))?;
        if latest > commit + 1 {
            return Err(StoreError::WarehouseBehind { warehouse: commit, store: latest });
        }
        let query =
            sqlx::query(include_str!("sql/observed_drop.sql")).bind(connection.0).bind(identity).bind(commit + 1);
        let dropped =
            query.execute(&mut *transaction).await.map_err(self.failed("drop a commit that never happened"))?;
        self.ledger_replace(&mut transaction, (connection, identity, commit + 1), &[]).await?;
        transaction.commit().await.map_err(self.failed("drop a commit that never happened"))?;
        Ok(dropped.rows_affected())
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
        let query = sqlx::query_as(include_str!("sql/observed_page.sql"));
        let query = query.bind(connection.0).bind(after.sequence).bind(&after.identity).bind(limit);
        let rows: Vec<(i64, String, i64, String)> =
            query.fetch_all(self.readers()).await.map_err(self.failed("read observed changes"))?;
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
        let query = sqlx::query_as(include_str!("sql/observed_last.sql")).bind(connection.0);
        query.fetch_one(self.readers()).await.map_err(self.failed("read observed commits"))
    }
}
