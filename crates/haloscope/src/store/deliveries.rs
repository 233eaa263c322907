//! The inbox of webhooks: what HaloPSA posted, and what became of it.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::connections::ConnectionId;
use super::database::{Store, to_json};
use super::error::Result;

/// A delivery that arrived.
#[derive(Clone, Debug, Serialize)]
pub struct NewDelivery {
    /// Whose.
    pub connection: ConnectionId,
    /// Names it among those of the connection.
    pub key: String,
    /// Microseconds UTC.
    pub arrived_at: i64,
    /// Address of the sender.
    pub source: String,
    /// JSON object of its headers, without secrets.
    pub headers: String,
    /// Its JSON as it came.
    pub body: String,
    /// Name of the event as it came.
    pub words: Option<String>,
    /// Which of the eleven events that is.
    pub event: Option<&'static str>,
    /// Family of its record.
    pub family: Option<&'static str>,
    /// What it says of its record: `created`, `changed` or `deleted`.
    pub says: Option<&'static str>,
    /// Id of its record.
    pub record: Option<i64>,
    /// When it happened, microseconds UTC.
    pub occurred_at: Option<i64>,
    /// The record's own time of last change, where the delivery carries it; microseconds UTC.
    pub stamp: Option<i64>,
}

/// A delivery that waits for being followed.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Waiting {
    /// Rises with each delivery.
    pub number: i64,
    /// Microseconds UTC.
    pub arrived_at: i64,
    /// See [`NewDelivery::family`].
    pub family: Option<String>,
    /// See [`NewDelivery::says`].
    pub says: Option<String>,
    /// See [`NewDelivery::record`].
    pub record: Option<i64>,
    /// See [`NewDelivery::occurred_at`].
    pub occurred_at: Option<i64>,
    /// How often it was tried before.
    pub attempts: i64,
}

/// A delivery that waits, as far as it can be shown.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Carrying {
    /// Rises with each delivery.
    pub number: i64,
    /// See [`NewDelivery::family`]; empty where there is none.
    pub family: String,
    /// See [`NewDelivery::record`]; 0 where there is none.
    pub record: i64,
    /// See [`NewDelivery::body`]; none where it does not carry its record with a time of change.
    pub body: Option<String>,
}

/// What became of a delivery.
#[derive(Clone, Debug, Serialize)]
pub struct Settled {
    /// Its number.
    pub number: i64,
    /// `settled`; `waiting` when it is tried again; `dead` when a person has to look.
    pub state: &'static str,
    /// How often it was tried.
    pub attempts: i64,
    /// From when on it is tried again, microseconds UTC.
    pub due_at: i64,
    /// What was done, or why not; JSON.
    pub outcome: String,
}

/// A delivery with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct Logged {
    /// Rises with each delivery.
    pub number: i64,
    /// See [`NewDelivery::key`].
    pub key: String,
    /// Microseconds UTC.
    pub arrived_at: i64,
    /// See [`NewDelivery::source`].
    pub source: String,
    /// See [`NewDelivery::headers`].
    pub headers: String,
    /// The first 200,000 characters of its JSON, when it alone was asked for.
    pub body: Option<String>,
    /// See [`NewDelivery::words`].
    pub words: Option<String>,
    /// See [`NewDelivery::event`].
    pub event: Option<String>,
    /// See [`NewDelivery::record`].
    pub record: Option<i64>,
    /// See [`NewDelivery::occurred_at`].
    pub occurred_at: Option<i64>,
    /// When the warehouse showed what it tells of, microseconds UTC.
    pub visible_at: Option<i64>,
    /// How often it came again.
    pub repeats: i64,
    /// See [`Settled::state`].
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Microseconds UTC.
    pub settled_at: Option<i64>,
    /// See [`Settled::outcome`].
    pub outcome: Option<String>,
}

/// Which deliveries are wanted; all that is none does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// One by its number.
    pub number: Option<i64>,
    /// Of one of the eleven events.
    pub event: Option<String>,
    /// See [`Settled::state`].
    pub state: Option<String>,
    /// Of one record.
    pub record: Option<i64>,
    /// The newest ones, so many at most.
    pub limit: u32,
}

/// Refusals that are to be added.
#[derive(Clone, Debug, Serialize)]
pub struct NewRefusal {
    /// Whose; 0 where the address names none.
    pub connection: i64,
    /// HTTP status that was answered.
    pub status: u16,
    /// Address of the sender.
    pub source: String,
    /// How often since the last time.
    pub times: u64,
    /// Microseconds UTC.
    pub last_at: i64,
}

impl Store {
    /// Keeps deliveries, all of them or none. One that came before is counted. Durable on return.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn deliveries_add(&self, deliveries: &[NewDelivery]) -> Result<()> {
        self.deliveries_put(deliveries, false).await.map(drop)
    }

    /// Keeps those deliveries that did not come before, all of them or none. Answers how many that are. Durable on return.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn deliveries_recover(&self, deliveries: &[NewDelivery]) -> Result<u64> {
        self.deliveries_put(deliveries, true).await
    }

    async fn deliveries_put(&self, deliveries: &[NewDelivery], only_new: bool) -> Result<u64> {
        let failed = || self.failed("keep deliveries");
        let json = to_json("deliveries", deliveries)?;
        let mut transaction = self.begin().await?;
        let query = sqlx::query(include_str!("sql/deliveries_add.sql")).bind(json.as_str()).bind(only_new);
        let done = query.execute(&mut *transaction).await.map_err(failed())?;
        let query = sqlx::query(include_str!("sql/deliveries_add_bodies.sql")).bind(json.as_str());
        query.execute(&mut *transaction).await.map_err(failed())?;
        transaction.commit().await.map_err(failed())?;
        Ok(done.rows_affected())
    }

    /// Takes a delivery out, by its key. Answers whether it was there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn deliveries_remove(&self, connection: ConnectionId, key: &str) -> Result<bool> {
        let query = sqlx::query(include_str!("sql/deliveries_remove.sql")).bind(connection.0).bind(key);
        let done = query.execute(self.writer()).await.map_err(self.failed("take a delivery out"))?;
        Ok(done.rows_affected() > 0)
    }

    /// The oldest deliveries that wait and are due at `now` (microseconds UTC), so many at most, without those about these records
    /// (family and id).
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_waiting(
        &self,
        connection: ConnectionId,
        now: i64,
        limit: u32,
        without: &[(&str, i64)],
    ) -> Result<Vec<Waiting>> {
        let without: Vec<String> = without.iter().map(|(family, record)| format!("{family}:{record}")).collect();
        let query = sqlx::query_as(include_str!("sql/deliveries_waiting.sql")).bind(connection.0).bind(now);
        let query = query.bind(limit).bind(to_json("records", &without)?);
        query.fetch_all(self.readers()).await.map_err(self.failed("read waiting deliveries"))
    }

    /// The number after which all deliveries come that wait.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_before_waiting(&self, connection: ConnectionId) -> Result<i64> {
        let query = sqlx::query_scalar(include_str!("sql/deliveries_before_waiting.sql")).bind(connection.0);
        query.fetch_one(self.readers()).await.map_err(self.failed("read waiting deliveries"))
    }

    /// Deliveries after the one of this number that wait, in their order, so many at most.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_to_show(&self, connection: ConnectionId, after: i64, limit: u32) -> Result<Vec<Carrying>> {
        let query = sqlx::query_as(include_str!("sql/deliveries_to_show.sql")).bind(connection.0).bind(after);
        query.bind(limit).fetch_all(self.readers()).await.map_err(self.failed("read waiting deliveries"))
    }

    /// Notes that the warehouse shows what these deliveries tell of. `now`: microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn deliveries_visible(&self, numbers: &[i64], now: i64) -> Result<()> {
        let json = to_json("numbers of deliveries", numbers)?;
        let query = sqlx::query(include_str!("sql/deliveries_visible.sql")).bind(json).bind(now);
        query.execute(self.writer()).await.map_err(self.failed("note what is shown"))?;
        Ok(())
    }

    /// Keeps what became of deliveries. `now`: microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn deliveries_settle(&self, settled: &[Settled], now: i64) -> Result<()> {
        let json = to_json("settled deliveries", settled)?;
        let query = sqlx::query(include_str!("sql/deliveries_settle.sql")).bind(json).bind(now);
        query.execute(self.writer()).await.map_err(self.failed("settle deliveries"))?;
        Ok(())
    }

    /// Deliveries as wanted, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_log(&self, connection: ConnectionId, wanted: &Wanted) -> Result<Vec<Logged>> {
        let query = sqlx::query_as(include_str!("sql/deliveries_log.sql")).bind(connection.0).bind(wanted.number);
        let query = query.bind(wanted.event.as_deref()).bind(wanted.state.as_deref()).bind(wanted.record);
        query.bind(wanted.limit).fetch_all(self.readers()).await.map_err(self.failed("read deliveries"))
    }

    /// Has a delivery followed again; without a number all dead ones. Answers how many.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn deliveries_replay(&self, connection: ConnectionId, number: Option<i64>) -> Result<u64> {
        let query = sqlx::query(include_str!("sql/deliveries_replay.sql")).bind(connection.0).bind(number);
        let done = query.execute(self.writer()).await.map_err(self.failed("replay deliveries"))?;
        Ok(done.rows_affected())
    }

    /// Counts posts that were turned away.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn refusals_add(&self, refusals: &[NewRefusal]) -> Result<()> {
        let json = to_json("refusals", refusals)?;
        let query = sqlx::query(include_str!("sql/refusals_add.sql")).bind(json);
        query.execute(self.writer()).await.map_err(self.failed("count refused posts"))?;
        Ok(())
    }
}
