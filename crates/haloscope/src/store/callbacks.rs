//! Addresses that HaloPSA posts to, each with a secret in it.

use super::connections::ConnectionId;
use super::engine::{Store, parameters, statement, transaction};
use super::error::Result;
use crate::secret::Sealed;

/// A secret address of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// When it was made, microseconds UTC.
    pub made_at: i64,
    /// Until when it is accepted, microseconds UTC; none for the present one.
    pub ends_at: Option<i64>,
    /// Its secret, sealed for [`crate::secret::callback_context`].
    pub sealed_secret: Sealed,
}

impl Store {
    /// Addresses of a connection that are accepted at `now` (microseconds UTC), the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn callback_list(&self, connection: ConnectionId, now: i64) -> Result<Vec<Callback>> {
        let list = statement!("callback_list", "list callback addresses");
        let rows: Vec<(i64, Option<i64>, Vec<u8>)> = self.all(&list, parameters![connection.0, now]).await?;
        let read =
            |(made_at, ends_at, sealed_secret)| Callback { made_at, ends_at, sealed_secret: Sealed(sealed_secret) };
        Ok(rows.into_iter().map(read).collect())
    }

    /// When a connection got its first address, microseconds UTC.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn callback_first(&self, connection: ConnectionId) -> Result<Option<i64>> {
        let first = statement!("callback_first", "read callback addresses");
        Ok(self.one::<(Option<i64>,)>(&first, parameters![connection.0]).await?.0)
    }

    /// What posts to a connection must carry, sealed for [`crate::secret::guard_context`]; none when nothing was set.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn guard_get(&self, connection: ConnectionId) -> Result<Option<Sealed>> {
        let get = statement!("guard_get", "read a guard");
        let found: Option<(Vec<u8>,)> = self.optional(&get, parameters![connection.0]).await?;
        Ok(found.map(|(sealed,)| Sealed(sealed)))
    }

    /// Sets what posts to a connection must carry.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn guard_set(&self, connection: ConnectionId, guard: &Sealed) -> Result<()> {
        self.execute(&statement!("guard_set", "keep a guard"), parameters![connection.0, guard.0.as_slice()]).await?;
        Ok(())
    }

    /// Adds an address; the one before is accepted until `old_ends_at`. All times are microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn callback_add(
        &self,
        connection: ConnectionId,
        sealed_secret: &Sealed,
        now: i64,
        old_ends_at: i64,
    ) -> Result<()> {
        let end = statement!("callback_end", "end a callback address");
        let add = statement!("callback_add", "keep a callback address");
        transaction!(self, work, {
            work.execute(&end, parameters![connection.0, old_ends_at]).await?;
            work.execute(&add, parameters![connection.0, now, sealed_secret.0.as_slice()]).await?;
        })
    }
}
