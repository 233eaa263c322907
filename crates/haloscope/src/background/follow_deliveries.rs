//! Brings the records that deliveries are about into the warehouse. Deliveries for the same record, and records of the same
//! list, share their requests; what a stop or a crash leaves is taken up again, as a delivery waits until it is settled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::BackgroundTask;
use super::server::Serving;
use crate::installation::InstallationError;
use crate::store::{Settled, StoreError, Waiting};
use crate::sync::error::SyncError;
use crate::sync::follow::{self, Followed, Hint, Later};
use crate::sync::pass::Pass;
use crate::webhooks::events::{FAMILIES, Family};

/// Deliveries that are followed together at most.
const MOST_AT_ONCE: u32 = 5_000;
/// After a record was asked for, further deliveries for it wait so long: a burst for one ticket costs two requests.
const FOR_ONE_RECORD: Duration = Duration::from_secs(10);
/// Between two rounds, the longer the less is left of the budget: up to a quarter of it used, up to a half, and more.
const BETWEEN_ROUNDS: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(3), Duration::from_secs(10)];
/// Wait when nothing is to be done, or nothing can be done yet.
const IDLE: Duration = Duration::from_secs(60);
/// So often a delivery is tried before a person has to look, and so often HaloPSA may not list the record as changed.
const MOST_ATTEMPTS: i64 = 8;
const MOST_LOOKS: i64 = 3;

/// What is said of a delivery for a list that only an ordinary pass can read.
const NO_FILTER: &str = "HaloPSA has no list of what changed here; the next pass reads it";
/// What is said of a delivery whose record does not show as changed.
const UNLISTED: &str = "HaloPSA does not list the record as changed";

/// See the module.
pub struct FollowDeliveries {
    serving: Arc<Serving>,
    /// When records were asked for last, monotonic.
    asked: BTreeMap<(&'static str, i64), Duration>,
    last_round: Option<Duration>,
}

/// What a round came to.
#[derive(Debug, Default, Serialize)]
pub struct Status {
    /// Deliveries that were settled.
    settled: usize,
    /// Deliveries that wait.
    waiting: usize,
    requests: u64,
    error: Option<String>,
}

/// Why a round could not be finished.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Installation(#[from] InstallationError),
    #[error(transparent)]
    Sync(#[from] SyncError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FollowDeliveries {
    /// A task for this connection.
    pub fn new(serving: Arc<Serving>) -> Self {
        Self { serving, asked: BTreeMap::new(), last_round: None }
    }

    fn monotonic(&self) -> Duration {
        self.serving.installation.clock.monotonic()
    }

    async fn waiting(&self) -> Result<Vec<Waiting>, StoreError> {
        let serving = &self.serving;
        serving.installation.store.deliveries_waiting(serving.connection.id, MOST_AT_ONCE).await
    }

    async fn round(&mut self) -> Result<Status, Failed> {
        let serving = self.serving.clone();
        if self.waiting().await?.is_empty() {
            return Ok(Status::default());
        }
        self.keep_the_distance().await?;
        // Not while a pass reads: no record is asked for twice at the same time.
        let _turn = serving.board.turn.lock().await;
        let waiting = self.waiting().await?;
        let before = serving.requests();
        let mut settled = Vec::new();
        for (family, deliveries) in self.due(&waiting, &mut settled) {
            let (pass, _) = serving.pass(serving.stop.child_token(), Vec::new()).await?;
            settled.extend(self.follow(&pass, family, &deliveries).await?);
        }
        if settled.iter().any(|settled| settled.outcome.contains(NO_FILTER)) {
            serving.board.wake.notify_one();
        }
        let now = serving.installation.clock.now_micros();
        serving.installation.store.deliveries_settle(&settled, now).await?;
        self.last_round = Some(self.monotonic());
        let done = settled.iter().filter(|settled| settled.state != "waiting").count();
        let requests = serving.requests().saturating_sub(before);
        Ok(Status { settled: done, waiting: waiting.len() - done, requests, error: None })
    }

    /// Deliveries by family, of families with a record that was not asked for just now. Those that name no record of a family
    /// are settled at once.
    fn due<'w>(
        &mut self,
        waiting: &'w [Waiting],
        settled: &mut Vec<Settled>,
    ) -> Vec<(&'static Family, Vec<&'w Waiting>)> {
        let now = self.monotonic();
        self.asked.retain(|_, asked| now.saturating_sub(*asked) < FOR_ONE_RECORD);
        let mut by_family: Vec<(&'static Family, Vec<&Waiting>)> =
            FAMILIES.iter().map(|family| (*family, Vec::new())).collect();
        for delivery in waiting {
            let family = delivery.family.as_deref();
            let family = by_family.iter_mut().find(|(known, _)| Some(known.name) == family);
            match (family, delivery.record) {
                (Some((_, deliveries)), Some(_)) => deliveries.push(delivery),
                (None, _) => settled.push(done(delivery, &json!({ "did": "nothing", "why": "the event is unknown" }))),
                (_, None) => settled.push(done(delivery, &json!({ "did": "nothing", "why": "it names no record" }))),
            }
        }
        by_family.retain(|(family, deliveries)| {
            let mut records = deliveries.iter().filter_map(|delivery| delivery.record);
            records.any(|record| !self.asked.contains_key(&(family.name, record)))
        });
        by_family
    }

    /// Waits until the next round may begin: deliveries that arrive meanwhile share it.
    async fn keep_the_distance(&self) -> Result<(), Failed> {
        let Some(last) = self.last_round else { return Ok(()) };
        let budget = self.serving.source().await?.budget.status();
        let used = budget.used_in_window * 4 / budget.usable.max(1);
        let distance = BETWEEN_ROUNDS[(used as usize).min(BETWEEN_ROUNDS.len() - 1)];
        let left = (last + distance).saturating_sub(self.monotonic());
        tokio::select! {
            () = self.serving.stop.cancelled() => {}
            () = self.serving.installation.clock.sleep(left) => {}
        }
        Ok(())
    }

    async fn follow(
        &mut self,
        pass: &Pass,
        family: &'static Family,
        deliveries: &[&Waiting],
    ) -> Result<Vec<Settled>, Failed> {
        let hint = |delivery: &&Waiting| {
            let is_gone = delivery.says.as_deref() == Some("deleted");
            Some(Hint { record: delivery.record?, at: happened(delivery), is_gone })
        };
        let hints: BTreeSet<Hint> = deliveries.iter().filter_map(hint).collect();
        let now = self.monotonic();
        self.asked.extend(hints.iter().map(|hint| ((family.name, hint.record), now)));
        match follow::run(pass, family.tables, &hints).await {
            Ok(followed) => Ok(deliveries.iter().filter_map(|delivery| judge(delivery, &followed)).collect()),
            Err(error) if error.is_of_one_entity() => {
                tracing::warn!(
                    family = family.name,
                    error = &error as &dyn std::error::Error,
                    "deliveries not followed"
                );
                let why = error.to_string();
                Ok(deliveries.iter().map(|delivery| again(delivery, &why)).collect())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What became of a delivery.
fn judge(delivery: &Waiting, followed: &Followed) -> Option<Settled> {
    let record = delivery.record?;
    if followed.gone.contains(&record) {
        return Some(done(delivery, &json!({ "did": "deleted" })));
    }
    if followed.seen.contains(&record) {
        return Some(done(delivery, &json!({ "did": "read" })));
    }
    if followed.known.iter().any(|hint| hint.record == record && hint.at == happened(delivery)) {
        return Some(done(delivery, &json!({ "did": "nothing", "why": "it was read already" })));
    }
    match followed.later {
        // It is read from the start anyway.
        Some(Later::FirstReading) => None,
        Some(later) => {
            let why = match later {
                Later::NoFilter => NO_FILTER,
                Later::Refused => "HaloPSA refuses the right to read it",
                Later::LeftOut | Later::FirstReading => "it is not copied",
            };
            Some(done(delivery, &json!({ "did": "nothing", "why": why })))
        }
        None if delivery.says.as_deref() == Some("deleted") => {
            Some(done(delivery, &json!({ "did": "nothing", "why": "the record is not here, or still exists" })))
        }
        None if delivery.attempts + 1 < MOST_LOOKS => Some(again(delivery, UNLISTED)),
        None => Some(done(delivery, &json!({ "did": "nothing", "why": UNLISTED }))),
    }
}

/// When it happened, as far as is known; microseconds UTC.
fn happened(delivery: &Waiting) -> i64 {
    delivery.occurred_at.unwrap_or(delivery.arrived_at)
}

fn done(delivery: &Waiting, outcome: &serde_json::Value) -> Settled {
    Settled { number: delivery.number, state: "settled", outcome: outcome.to_string() }
}

/// It is tried again, or left to a person after too many times.
fn again(delivery: &Waiting, why: &str) -> Settled {
    let state = if delivery.attempts + 1 >= MOST_ATTEMPTS { "dead" } else { "waiting" };
    Settled { number: delivery.number, state, outcome: json!({ "did": "nothing", "why": why }).to_string() }
}

impl BackgroundTask for FollowDeliveries {
    const NAME: &'static str = "follow_deliveries";
    type Status = Status;

    async fn run_once(&mut self) -> Status {
        match self.round().await {
            Ok(status) => status,
            Err(Failed::Sync(SyncError::Stopped)) => Status::default(),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "deliveries could not be followed");
                Status { error: Some(error.to_string()), ..Status::default() }
            }
        }
    }

    fn wait_after(&mut self, last: &Status) -> Duration {
        if last.settled > 0 || last.requests > 0 {
            let connection = &self.serving.connection.settings.name;
            let Status { settled, waiting, requests, .. } = last;
            tracing::debug!(connection, settled, waiting, requests, "deliveries followed");
        }
        match last {
            Status { error: Some(_), .. } => IDLE,
            Status { waiting: 0, .. } => IDLE,
            _ => BETWEEN_ROUNDS[1],
        }
    }
}
