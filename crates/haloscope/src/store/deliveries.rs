//! The inbox of webhooks: what HaloPSA posted, and what became of it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::FromRow;

use super::connections::ConnectionId;
use super::engine::{Store, parameters, statement, to_list, transaction};
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
    /// Whether the warehouse shows now what the delivery tells of.
    pub shows: bool,
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
    /// Those that came before this number.
    #[serde(default)]
    pub before: Option<i64>,
    /// Of which one of these was done.
    #[serde(default)]
    pub did: Option<Vec<String>>,
    /// Those that arrived then or later, microseconds UTC.
    #[serde(default)]
    pub since: Option<i64>,
    /// Those that arrived before, microseconds UTC.
    #[serde(default)]
    pub until: Option<i64>,
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
        let (add, bodies) =
            (statement!("deliveries_add", "keep deliveries"), statement!("deliveries_add_bodies", "keep deliveries"));
        let rounds = rounds(deliveries);
        let rounds: Vec<String> = rounds.iter().map(|round| to_list("deliveries", round)).collect::<Result<_>>()?;
        transaction!(self, work, {
            let mut kept = 0;
            for round in &rounds {
                kept += work.execute(&add, parameters![round.as_str(), only_new]).await?;
                work.execute(&bodies, parameters![round.as_str()]).await?;
            }
            kept
        })
    }

    /// Takes a delivery out, by its key. Answers whether it was there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn deliveries_remove(&self, connection: ConnectionId, key: &str) -> Result<bool> {
        let done = self
            .execute(&statement!("deliveries_remove", "take a delivery out"), parameters![connection.0, key])
            .await?;
        Ok(done > 0)
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
        let record = |(family, record): &(&str, i64)| json!({ "record": format!("{family}:{record}") });
        let without: Vec<Value> = without.iter().map(record).collect();
        self.all(
            &statement!("deliveries_waiting", "read waiting deliveries"),
            parameters![connection.0, now, limit, to_list("records", &without)?],
        )
        .await
    }

    /// The number after which all deliveries come that wait.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_before_waiting(&self, connection: ConnectionId) -> Result<i64> {
        let before = statement!("deliveries_before_waiting", "read waiting deliveries");
        Ok(self.one::<(i64,)>(&before, parameters![connection.0]).await?.0)
    }

    /// Deliveries after the one of this number that wait, in their order, so many at most.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_to_show(&self, connection: ConnectionId, after: i64, limit: u32) -> Result<Vec<Carrying>> {
        self.all(&statement!("deliveries_to_show", "read waiting deliveries"), parameters![connection.0, after, limit])
            .await
    }

    /// Notes that the warehouse shows what these deliveries tell of. `now`: microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn deliveries_visible(&self, numbers: &[i64], now: i64) -> Result<()> {
        let json = to_list("numbers of deliveries", numbers)?;
        self.execute(&statement!("deliveries_visible", "note what is shown"), parameters![json, now]).await?;
        Ok(())
    }

    /// Keeps what became of deliveries. `now`: microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn deliveries_settle(&self, settled: &[Settled], now: i64) -> Result<()> {
        let json = to_list("settled deliveries", settled)?;
        self.execute(&statement!("deliveries_settle", "settle deliveries"), parameters![json, now]).await?;
        Ok(())
    }

    /// Deliveries as wanted, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_log(&self, connection: ConnectionId, wanted: &Wanted) -> Result<Vec<Logged>> {
        let words: Option<Vec<Value>> =
            wanted.did.as_ref().map(|did| did.iter().map(|word| json!({ "word": word })).collect());
        let words = words.map(|words| to_list("results of deliveries", &words)).transpose()?;
        self.all(
            &statement!("deliveries_log", postgres, "read deliveries"),
            parameters![
                connection.0,
                wanted.number,
                wanted.event.as_deref(),
                wanted.state.as_deref(),
                wanted.record,
                wanted.limit,
                wanted.before,
                words.as_deref(),
                wanted.since,
                wanted.until
            ],
        )
        .await
    }

    /// Number of the newest delivery of all connections; 0 where there is none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn deliveries_newest(&self) -> Result<i64> {
        Ok(self.one::<(i64,)>(&statement!("deliveries_newest", "read deliveries"), parameters![]).await?.0)
    }

    /// Has a delivery followed again; without a number all dead ones. Answers how many.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn deliveries_replay(&self, connection: ConnectionId, number: Option<i64>) -> Result<u64> {
        let done = self
            .execute(&statement!("deliveries_replay", "replay deliveries"), parameters![connection.0, number])
            .await?;
        Ok(done)
    }

    /// Counts posts that were turned away.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn refusals_add(&self, refusals: &[NewRefusal]) -> Result<()> {
        let json = to_list("refusals", refusals)?;
        self.execute(&statement!("refusals_add", "count refused posts"), parameters![json]).await?;
        Ok(())
    }
}

/// Those of the same key one after the other: PostgreSQL meets a row once in a statement.
fn rounds(deliveries: &[NewDelivery]) -> Vec<Vec<&NewDelivery>> {
    let mut rounds: Vec<Vec<&NewDelivery>> = Vec::new();
    let mut times = HashMap::new();
    for delivery in deliveries {
        let round: &mut usize = times.entry((delivery.connection, &delivery.key)).or_default();
        if rounds.len() == *round {
            rounds.push(Vec::new());
        }
        rounds[*round].push(delivery);
        *round += 1;
    }
    rounds
}
