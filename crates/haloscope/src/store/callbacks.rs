//! Addresses that HaloPSA posts to, each with a secret in it.

use sqlx::Row as _;

use super::connections::ConnectionId;
use super::database::Store;
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
        let query = sqlx::query(include_str!("sql/callback_list.sql")).bind(connection.0).bind(now);
        let rows = query.fetch_all(self.readers()).await.map_err(self.failed("list callback addresses"))?;
        let read = rows.iter().map(|row| {
            Ok(Callback {
                made_at: row.try_get("made_at")?,
                ends_at: row.try_get("ends_at")?,
                sealed_secret: Sealed(row.try_get("sealed_secret")?),
            })
        });
        read.collect::<sqlx::Result<_>>().map_err(self.failed("read a callback address"))
    }

    /// When a connection got its first address, microseconds UTC.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn callback_first(&self, connection: ConnectionId) -> Result<Option<i64>> {
        let query = sqlx::query_scalar(include_str!("sql/callback_first.sql")).bind(connection.0);
        query.fetch_one(self.readers()).await.map_err(self.failed("read callback addresses"))
    }

    /// What posts to a connection must carry, sealed for [`crate::secret::guard_context`]; none when nothing was set.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn guard_get(&self, connection: ConnectionId) -> Result<Option<Sealed>> {
        let query = sqlx::query_scalar(include_str!("sql/guard_get.sql")).bind(connection.0);
        let found: Option<Vec<u8>> = query.fetch_optional(self.readers()).await.map_err(self.failed("read a guard"))?;
        Ok(found.map(Sealed))
    }

    /// Sets what posts to a connection must carry.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn guard_set(&self, connection: ConnectionId, guard: &Sealed) -> Result<()> {
        let query = sqlx::query(include_str!("sql/guard_set.sql")).bind(connection.0).bind(guard.0.as_slice());
        query.execute(self.writer()).await.map_err(self.failed("keep a guard"))?;
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
        let failed = || self.failed("keep a callback address");
        let mut transaction = self.begin().await?;
        let query = sqlx::query(include_str!("sql/callback_end.sql")).bind(connection.0).bind(old_ends_at);
        query.execute(&mut *transaction).await.map_err(failed())?;
        let query = sqlx::query(include_str!("sql/callback_add.sql")).bind(connection.0).bind(now);
        query.bind(sealed_secret.0.as_slice()).execute(&mut *transaction).await.map_err(failed())?;
        transaction.commit().await.map_err(failed())
    }
}
