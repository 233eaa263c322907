//! What arrived and what was turned away, counted; and how long it is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::connections::ConnectionId;
use super::database::{Store, to_json};
use super::error::Result;

/// Deliveries that are forgotten in one transaction.
const FORGOTTEN_AT_ONCE: u32 = 2_000;

/// Deliveries of one event that came by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Received {
    /// One of the eleven; none for all others together.
    pub event: Option<String>,
    /// How many there ever were.
    pub times: i64,
    /// When the last one arrived, microseconds UTC.
    pub last_at: i64,
    /// How many arrived since the moment that was asked for.
    pub day: i64,
}

/// Deliveries of one event in one hour.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Hour {
    /// One of the eleven.
    pub event: String,
    /// Hours since the moment that was asked for.
    pub hour: i64,
    /// How many.
    pub times: i64,
}

/// An event that arrived and was followed, though HaloPSA never confirmed one of its records.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Unconfirmed {
    /// One of the eleven.
    pub event: String,
    /// How many deliveries.
    pub times: i64,
    /// Record of the last one.
    pub record: Option<i64>,
    /// What became of that.
    pub why: Option<String>,
}

/// Deliveries whose event is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct UnknownWords {
    /// Its name as it came.
    pub words: String,
    /// How many are kept.
    pub times: i64,
    /// When the last one arrived, microseconds UTC.
    pub last_at: i64,
}

/// Posts that were turned away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct Refused {
    /// HTTP status that was answered.
    pub status: u16,
    /// Address of the sender.
    pub source: String,
    /// How many.
    pub times: i64,
    /// Microseconds UTC.
    pub first_at: i64,
    /// Microseconds UTC.
    pub last_at: i64,
}

/// Deliveries that are not settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Pending {
    /// They are still to be followed.
    pub waiting: i64,
    /// A person has to look.
    pub dead: i64,
}

impl Store {
    /// What arrived, by event; `day` counts since that moment (microseconds UTC).
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_received(&self, connection: ConnectionId, day: i64) -> Result<Vec<Received>> {
        let query = sqlx::query_as(include_str!("sql/deliveries_received.sql")).bind(connection.0).bind(day);
        query.fetch_all(self.readers()).await.map_err(self.failed("count deliveries"))
    }

    /// Median time from event to arrival, microseconds, of what arrived since a moment (microseconds UTC).
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_delays(&self, connection: ConnectionId, since: i64) -> Result<BTreeMap<String, i64>> {
        let query = sqlx::query_as(include_str!("sql/deliveries_delays.sql")).bind(connection.0).bind(since);
        let rows: Vec<(String, i64)> =
            query.fetch_all(self.readers()).await.map_err(self.failed("measure deliveries"))?;
        Ok(rows.into_iter().collect())
    }

    /// What arrived in each hour since a moment (microseconds UTC).
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_by_hour(&self, connection: ConnectionId, since: i64) -> Result<Vec<Hour>> {
        let query = sqlx::query_as(include_str!("sql/deliveries_by_hour.sql")).bind(connection.0).bind(since);
        query.fetch_all(self.readers()).await.map_err(self.failed("count deliveries by hour"))
    }

    /// Events since a moment (microseconds UTC) none of whose records HaloPSA confirmed.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_unconfirmed(&self, connection: ConnectionId, since: i64) -> Result<Vec<Unconfirmed>> {
        let query = sqlx::query_as(include_str!("sql/deliveries_unconfirmed.sql")).bind(connection.0).bind(since);
        query.fetch_all(self.readers()).await.map_err(self.failed("look for unconfirmed deliveries"))
    }

    /// Deliveries whose event is unknown, by its name, the latest first; 20 at most.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_unknown(&self, connection: ConnectionId) -> Result<Vec<UnknownWords>> {
        let query = sqlx::query_as(include_str!("sql/deliveries_unknown.sql")).bind(connection.0);
        query.fetch_all(self.readers()).await.map_err(self.failed("list unknown events"))
    }

    /// How many deliveries are not settled.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_pending(&self, connection: ConnectionId) -> Result<Pending> {
        let query = sqlx::query_as(include_str!("sql/deliveries_pending.sql")).bind(connection.0);
        query.fetch_one(self.readers()).await.map_err(self.failed("count waiting deliveries"))
    }

    /// Who was turned away since a moment (microseconds UTC), the latest first; 20 at most.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn refusals_list(&self, connection: ConnectionId, since: i64) -> Result<Vec<Refused>> {
        let query = sqlx::query_as(include_str!("sql/refusals_list.sql")).bind(connection.0).bind(since);
        query.fetch_all(self.readers()).await.map_err(self.failed("list refused posts"))
    }

    /// Forgets what is older than `before` (microseconds UTC): some deliveries, which are counted, refusals, and the ledger. Answers
    /// how many deliveries went; if there are some, there may be more.
    ///
    /// # Errors
    /// When it cannot be written; nothing is changed then.
    pub async fn deliveries_forget(&self, before: i64) -> Result<usize> {
        let failed = || self.failed("forget old deliveries");
        let mut transaction = self.begin().await?;
        let query = sqlx::query_scalar(include_str!("sql/deliveries_forgettable.sql")).bind(before);
        let query = query.bind(FORGOTTEN_AT_ONCE);
        let old: Vec<i64> = query.fetch_all(&mut *transaction).await.map_err(failed())?;
        let json = to_json("numbers of deliveries", &old)?;
        for sql in [include_str!("sql/deliveries_count_forgotten.sql"), include_str!("sql/deliveries_forget.sql")] {
            sqlx::query(sql).bind(json.as_str()).execute(&mut *transaction).await.map_err(failed())?;
        }
        for sql in [include_str!("sql/refusals_forget.sql"), include_str!("sql/ledger_forget.sql")] {
            sqlx::query(sql).bind(before).execute(&mut *transaction).await.map_err(failed())?;
        }
        transaction.commit().await.map_err(failed())?;
        Ok(old.len())
    }
}
