//! What arrived and what was turned away, counted; and how long it is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::connections::ConnectionId;
use super::engine::{Store, parameters, statement, to_list, transaction};
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
    /// When the first one arrived, microseconds UTC.
    pub first_at: i64,
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
    pub status: i64,
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
        self.all(&statement!("deliveries_received", "count deliveries"), parameters![connection.0, day]).await
    }

    /// Median time from event to arrival, microseconds, of what arrived since a moment (microseconds UTC).
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_delays(&self, connection: ConnectionId, since: i64) -> Result<BTreeMap<String, i64>> {
        let rows: Vec<(String, i64)> =
            self.all(&statement!("deliveries_delays", "measure deliveries"), parameters![connection.0, since]).await?;
        Ok(rows.into_iter().collect())
    }

    /// What arrived in each hour since a moment (microseconds UTC).
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_by_hour(&self, connection: ConnectionId, since: i64) -> Result<Vec<Hour>> {
        self.all(&statement!("deliveries_by_hour", "count deliveries by hour"), parameters![connection.0, since]).await
    }

    /// Events since a moment (microseconds UTC) none of whose records HaloPSA confirmed.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_unconfirmed(&self, connection: ConnectionId, since: i64) -> Result<Vec<Unconfirmed>> {
        self.all(
            &statement!("deliveries_unconfirmed", postgres, "look for unconfirmed deliveries"),
            parameters![connection.0, since],
        )
        .await
    }

    /// Deliveries whose event is unknown, by its name, the latest first; 20 at most.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_unknown(&self, connection: ConnectionId) -> Result<Vec<UnknownWords>> {
        self.all(&statement!("deliveries_unknown", "list unknown events"), parameters![connection.0]).await
    }

    /// How many deliveries are not settled.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_pending(&self, connection: ConnectionId) -> Result<Pending> {
        self.one(&statement!("deliveries_pending", "count waiting deliveries"), parameters![connection.0]).await
    }

    /// When the oldest delivery arrived that is not settled and whose record is not shown as it tells, microseconds UTC.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_unshown(&self, connection: ConnectionId) -> Result<Option<i64>> {
        let unshown = statement!("deliveries_unshown", "look for deliveries that are not shown");
        Ok(self.one::<(Option<i64>,)>(&unshown, parameters![connection.0]).await?.0)
    }

    /// Who was turned away since a moment (microseconds UTC), the latest first; 20 at most.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn refusals_list(&self, connection: ConnectionId, since: i64) -> Result<Vec<Refused>> {
        self.all(&statement!("refusals_list", "list refused posts"), parameters![connection.0, since]).await
    }

    /// Forgets what is older than `before` (microseconds UTC): some deliveries, which are counted, refusals, and the ledger. Answers
    /// how many deliveries went; if there are some, there may be more.
    ///
    /// # Errors
    /// When it cannot be written; nothing is changed then.
    pub async fn deliveries_forget(&self, before: i64) -> Result<usize> {
        let forgettable = statement!("deliveries_forgettable", "forget old deliveries");
        let of_some = [
            statement!("deliveries_count_forgotten", "forget old deliveries"),
            statement!("deliveries_forget", "forget old deliveries"),
        ];
        let of_all = [
            statement!("refusals_forget", "forget old refusals"),
            statement!("ledger_forget", "forget the old ledger"),
        ];
        transaction!(self, work, {
            let old: Vec<(i64,)> = work.all(&forgettable, parameters![before, FORGOTTEN_AT_ONCE]).await?;
            let old: Vec<i64> = old.into_iter().map(|(number,)| number).collect();
            let list = to_list("numbers of deliveries", &old)?;
            for statement in &of_some {
                work.execute(statement, parameters![list.as_str()]).await?;
            }
            for statement in &of_all {
                work.execute(statement, parameters![before]).await?;
            }
            old.len()
        })
    }
}
