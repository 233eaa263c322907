//! Brings the records that deliveries are about into the warehouse. Deliveries for the same record, and records of the same
//! list, share their requests; what a stop or a crash leaves is taken up again, as a delivery waits until it is settled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::BackgroundTask;
use super::server::Serving;
use super::sync_connection::Failed;
use crate::store::{Settled, StoreError, Waiting};
use crate::sync::error::SyncError;
use crate::sync::follow::{self, Hint, Later, Verdict};
use crate::sync::pass::Pass;
use crate::sync::provisional;
use crate::webhooks::events::{FAMILIES, Family};

/// Deliveries that are followed together at most.
const MOST_AT_ONCE: u32 = 5_000;
/// After a record was asked for, further deliveries for it wait so long: a burst for one ticket costs two requests.
const FOR_ONE_RECORD: Duration = Duration::from_secs(10);
/// Between two rounds, the longer the less is left of the budget: up to a quarter of it used, up to a half, and more.
const BETWEEN_ROUNDS: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(3), Duration::from_secs(10)];
/// Of the time, rounds take one part in so many: the rest is left to what arrives. One that waited for HaloPSA keeps the next one off
/// no longer than this.
const SHARE: u32 = 4;
const LONGEST_REST: Duration = Duration::from_secs(2);
/// Before a delivery is looked at again whose list was never read to its end.
const FOR_A_FIRST_READING: Duration = Duration::from_secs(30);
/// First wait after a round that failed, and before a delivery is tried again; it doubles each time, up to the longest.
const FIRST_BACK_OFF: Duration = Duration::from_secs(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(3_600);
/// So often a delivery is tried before a person has to look, and so often HaloPSA may not list the record as changed.
const MOST_ATTEMPTS: i64 = 8;
const MOST_LOOKS: i64 = 3;
/// Between two passes that deliveries ask for, where only a pass can read a list.
const BETWEEN_PASSES: Duration = Duration::from_secs(300);

/// What is said of a delivery whose record does not show as changed.
const UNLISTED: &str = "HaloPSA does not list the record as changed";

/// See the module.
pub struct FollowDeliveries {
    serving: Arc<Serving>,
    /// When records were asked for last, monotonic.
    asked: BTreeMap<(&'static str, i64), Duration>,
    /// When the last round began, monotonic, and how long it keeps the next one off.
    last_round: Option<Duration>,
    rest: Duration,
    last_pass: Option<Duration>,
    /// Rounds that failed in a row, and until when none is made; monotonic.
    failures: u32,
    rest_until: Duration,
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

impl FollowDeliveries {
    /// A task for this connection.
    pub fn new(serving: Arc<Serving>) -> Self {
        let (asked, rest_until) = (BTreeMap::new(), Duration::ZERO);
        Self { serving, asked, last_round: None, rest: Duration::ZERO, last_pass: None, failures: 0, rest_until }
    }

    fn monotonic(&self) -> Duration {
        self.serving.installation.clock.monotonic()
    }

    async fn waiting(&self, most: u32) -> Result<Vec<Waiting>, StoreError> {
        let serving = &self.serving;
        let now = serving.installation.clock.now_micros();
        let store = &serving.installation.store;
        let waiting = store.deliveries_waiting(serving.connection.id, now, most, &[]).await?;
        if waiting.len() < MOST_AT_ONCE as usize {
            return Ok(waiting);
        }
        // Very many for a few records must not keep the others out.
        let asked: Vec<_> = self.asked.keys().copied().collect();
        store.deliveries_waiting(serving.connection.id, now, most, &asked).await
    }

    async fn round(&mut self) -> Result<Status, Failed> {
        let serving = self.serving.clone();
        if self.monotonic() < self.rest_until || self.waiting(1).await?.is_empty() {
            return Ok(Status::default());
        }
        self.keep_the_distance().await?;
        // Not while a pass reads: no record is asked for twice at the same time.
        let _turn = serving.board.turn.lock().await;
        let began = self.monotonic();
        self.last_round = Some(began);
        let waiting = self.waiting(MOST_AT_ONCE).await?;
        let before = serving.requests();
        let mut settled = Vec::new();
        let due = self.due(&waiting, &mut settled);
        let mut done = self.settle(settled).await?;
        for (family, deliveries) in due {
            let (pass, _) = serving.pass(serving.stop.child_token(), Vec::new()).await?;
            // Family by family: what one has done is not lost when the next one fails.
            done += self.follow(&pass, family, &deliveries).await?;
        }
        self.failures = 0;
        self.rest = LONGEST_REST.min(SHARE * self.monotonic().saturating_sub(began));
        let requests = serving.requests().saturating_sub(before);
        Ok(Status { settled: done, waiting: waiting.len() - done, requests, error: None })
    }

    /// Keeps what became of deliveries. Answers how many are done with.
    async fn settle(&self, settled: Vec<Settled>) -> Result<usize, StoreError> {
        if settled.is_empty() {
            return Ok(0);
        }
        let installation = &self.serving.installation;
        installation.store.deliveries_settle(&settled, installation.clock.now_micros()).await?;
        if settled.iter().any(|settled| settled.shows) {
            self.serving.note_told().await?;
        }
        Ok(settled.iter().filter(|settled| settled.state != "waiting").count())
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
                (None, _) => settled.push(done(delivery, "nothing", Some("the event is unknown"))),
                (_, None) => settled.push(done(delivery, "nothing", Some("it names no record"))),
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
        let left = (last + distance.max(self.rest)).saturating_sub(self.monotonic());
        tokio::select! {
            () = self.serving.stop.cancelled() => {}
            () = self.serving.installation.clock.sleep(left) => {}
        }
        Ok(())
    }

    /// Follows deliveries of a family, and keeps what became of them. Answers how many are done with.
    async fn follow(&mut self, pass: &Pass, family: &'static Family, deliveries: &[&Waiting]) -> Result<usize, Failed> {
        let hints: BTreeSet<Hint> = deliveries.iter().filter_map(|delivery| hint(delivery)).collect();
        let now = self.monotonic();
        self.asked.extend(hints.iter().map(|hint| ((family.name, hint.record), now)));
        let verdicts = follow::run(pass, &family.tables(), &hints).await?;
        let wants_pass = verdicts.values().any(|verdict| *verdict == Verdict::Later(Later::NoFilter));
        if wants_pass && self.last_pass.is_none_or(|last| now.saturating_sub(last) > BETWEEN_PASSES) {
            self.last_pass = Some(now);
            self.serving.board.wake.notify_one();
        }
        let micros = self.serving.installation.clock.now_micros();
        let judged = deliveries.iter().filter_map(|delivery| {
            let verdict = verdicts.get(&hint(delivery)?)?;
            Some((delivery.record?, judge(delivery, verdict, micros), verdict.is_open()))
        });
        let judged: Vec<(i64, Settled, bool)> = judged.collect();
        // What a delivery showed by itself, and no answer replaced, is taken back before the delivery is done with.
        let serving = self.serving.clone();
        let _showing = serving.showing.lock().await;
        let waits = |(_, settled, is_open): &&(i64, Settled, bool)| *is_open || settled.state == "waiting";
        let open: BTreeSet<i64> = judged.iter().filter(waits).map(|(record, ..)| *record).collect();
        let ended: BTreeSet<i64> = judged.iter().map(|(record, ..)| *record).filter(|it| !open.contains(it)).collect();
        let ended: Vec<i64> = ended.into_iter().collect();
        provisional::take_back(pass, &family.tables(), &ended).await?;
        Ok(self.settle(judged.into_iter().map(|(_, settled, _)| settled).collect()).await?)
    }
}

fn hint(delivery: &Waiting) -> Option<Hint> {
    let is_gone = delivery.says.as_deref() == Some("deleted");
    Some(Hint { record: delivery.record?, at: happened(delivery), is_gone })
}

/// What became of a delivery. `now`: microseconds UTC.
fn judge(delivery: &Waiting, verdict: &Verdict, now: i64) -> Settled {
    let done = |did, why| self::done(delivery, did, why);
    match verdict {
        Verdict::Read => done("read", None),
        Verdict::Gone => done("deleted", None),
        Verdict::Known => done("known", Some("it was read already")),
        Verdict::StillThere => done("still there", Some("HaloPSA still has the record")),
        Verdict::Unlisted if delivery.attempts + 1 >= MOST_LOOKS => done("unlisted", Some(UNLISTED)),
        Verdict::Unlisted => again(done("unlisted", Some(UNLISTED)), FIRST_BACK_OFF, now),
        // It is read from the start anyway; that is no attempt.
        Verdict::Later(Later::FirstReading) => Settled {
            attempts: delivery.attempts,
            ..again(done("waits", Some("the first reading has not ended")), FOR_A_FIRST_READING, now)
        },
        Verdict::Later(Later::NoFilter) => {
            done("left to the pass", Some("HaloPSA has no list of what changed here; the next pass reads it"))
        }
        Verdict::Later(Later::Refused) => done("refused", Some("HaloPSA refuses the right to read it")),
        Verdict::Later(Later::LeftOut) => done("left out", Some("it is not copied")),
        Verdict::Failed(why) if delivery.attempts + 1 >= MOST_ATTEMPTS => {
            Settled { state: "dead", ..done("failed", Some(why)) }
        }
        Verdict::Failed(why) => again(done("failed", Some(why)), back_off(delivery.attempts), now),
    }
}

fn back_off(failures: i64) -> Duration {
    let doublings = u32::try_from(failures).unwrap_or(0);
    FIRST_BACK_OFF.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_BACK_OFF)
}

/// When it happened, as far as is known; microseconds UTC.
fn happened(delivery: &Waiting) -> i64 {
    delivery.occurred_at.unwrap_or(delivery.arrived_at)
}

fn done(delivery: &Waiting, did: &str, why: Option<&str>) -> Settled {
    let attempts = delivery.attempts + 1;
    let outcome = json!({ "did": did, "why": why }).to_string();
    let shows = matches!(did, "read" | "known" | "deleted");
    Settled { number: delivery.number, state: "settled", attempts, due_at: 0, outcome, shows }
}

/// It is tried again after a while.
fn again(settled: Settled, after: Duration, now: i64) -> Settled {
    let due_at = now.saturating_add(i64::try_from(after.as_micros()).unwrap_or(i64::MAX));
    Settled { state: "waiting", due_at, ..settled }
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
                self.serving.look_at(error.of_warehouse());
                // Deliveries that arrive meanwhile wait, too.
                if error.is_of_a_store_away() {
                    self.failures = 0;
                }
                self.rest_until = self.monotonic() + back_off(i64::from(self.failures));
                self.failures += 1;
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
        // Some may be due soon; to look whether they are costs no request.
        let next = if last.settled + last.waiting > 0 { BETWEEN_ROUNDS[1] } else { FIRST_BACK_OFF };
        self.rest_until.saturating_sub(self.monotonic()).max(next)
    }
}
