//! Keeps the data of one connection equal to its HaloPSA: pass after pass, sooner after changes and later when all is quiet.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use halo_client::Recovery;
use serde::Serialize;
use serde_json::json;

use super::BackgroundTask;
use super::board::{Answered, Doing, Trouble, Wishes};
use super::cadence::{Ended, Pace, is_deep_due, old_rows};
use super::server::Serving;
use crate::installation::InstallationError;
use crate::store::StoreError;
use crate::sync::error::SyncError;
use crate::sync::pass::{Depth, Outcome};
use crate::sync::plan;
use crate::sync::state::{EntityState, Standing};
use crate::text::with_causes;

/// Runs that are kept of each connection.
const RUNS: u32 = 2_000;
/// Rows of a page, when it is counted what reading all rows takes.
const PAGE: u64 = 100;

/// Why a connection could not be brought nearer to its HaloPSA.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failed {
    /// The way to HaloPSA could not be made.
    #[error(transparent)]
    Installation(#[from] InstallationError),
    /// HaloPSA, the warehouse or the store failed on the way.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Failed {
    /// Whether the store does not answer: it may do so again at any moment, and asking costs HaloPSA nothing.
    pub(super) fn is_of_a_store_away(&self) -> bool {
        matches!(
            self,
            Self::Store(StoreError::Away { .. })
                | Self::Sync(SyncError::Store(StoreError::Away { .. }))
                | Self::Installation(InstallationError::Store(StoreError::Away { .. }))
        )
    }

    /// What the warehouse said, if it was that.
    pub(super) fn of_warehouse(&self) -> Option<&warehouse::Error> {
        match self {
            Self::Sync(SyncError::Warehouse(error)) | Self::Installation(InstallationError::Warehouse(error)) => {
                Some(error)
            }
            _ => None,
        }
    }

    fn recovery(&self) -> Recovery {
        match self {
            Self::Sync(SyncError::Halo(error)) | Self::Installation(InstallationError::Halo(error)) => error.recovery(),
            Self::Sync(SyncError::Ignored { .. }) => Recovery::AskOperator(self.advice().into()),
            // A secret that cannot be opened, or an address that cannot be used.
            Self::Installation(InstallationError::Secret(_)) => Recovery::AskOperator(self.advice().into()),
            _ => Recovery::Backoff,
        }
    }

    /// What a person can do about it.
    pub fn advice(&self) -> String {
        match self {
            Self::Sync(error) => error.advice().into_owned(),
            Self::Installation(InstallationError::Halo(error)) => error.advice().into_owned(),
            Self::Installation(_) => "Follow the message, then start `haloscope serve` again.".to_owned(),
            Self::Store(_) => "Follow the message: it goes on by itself then.".to_owned(),
        }
    }
}

/// A pass that was made.
struct Made {
    outcome: Outcome,
    /// Whether every row was read, for the first time or again.
    everything: bool,
    /// Requests that brought what hangs on old records for the first time.
    for_old_rows: u64,
}

/// Records of which was read what hangs on them, each with a request of its own.
fn parents_read<'a>(states: impl Iterator<Item = &'a EntityState>) -> u64 {
    states.filter_map(|state| Some(state.parents?.0)).sum()
}

/// What a pass came to.
#[derive(Debug, Serialize)]
pub struct Status {
    /// `complete`, `incomplete`, `failed` or `stopped`.
    outcome: &'static str,
    /// Whether every row was read, for the first time or again.
    everything: bool,
    rows_read: u64,
    rows_changed: u64,
    requests: u64,
    took_ms: u64,
    /// Entities that are neither complete nor refused.
    troubled: Vec<String>,
    error: Option<String>,
    #[serde(skip)]
    ended: Option<Ended>,
}

/// See the module.
pub struct SyncConnection {
    serving: Arc<Serving>,
    pace: Pace,
}

impl SyncConnection {
    /// A task for this connection.
    pub fn new(serving: Arc<Serving>) -> Self {
        Self { serving, pace: Pace::default() }
    }

    fn now_ms(&self) -> i64 {
        self.serving.installation.clock.now_micros() / 1000
    }

    /// Makes one pass, and keeps how it went.
    async fn pass(&self, wishes: &Wishes) -> Result<Made, Failed> {
        let serving = &self.serving;
        let (store, wish) = (&serving.installation.store, wishes.wish.clone());
        if wish.full {
            store.setting_set(&self.unfinished_setting(), &true).await?;
        }
        let full = wish.full || self.is_unfinished().await? || self.is_deep_due().await?;
        let depth = if full { Depth::Everything } else { Depth::Changes };
        let (asked_by, since_ms) = (wish.by, self.now_ms());
        let is_asked = asked_by.is_some();
        serving.board.set(|live| {
            live.doing = if full { Doing::ReadsAll } else { Doing::Synchronises };
            (live.asked_by, live.since_ms) = (asked_by, since_ms);
        });
        let (mut pass, tracker) = serving.pass(serving.stop.child_token(), wish.accepted).await?;
        pass.without = wish.without;
        let clock = &serving.installation.clock;
        let kind = if full { "sync --full" } else { "sync" };
        let run = store.run_start(serving.connection.id, kind, clock.now_micros()).await?;
        let states = store.entity_state_list::<EntityState>(serving.connection.id).await?;
        let before = parents_read(states.iter().map(|kept| &kept.state));
        let done = async {
            pass.choose(&wish.with).await?;
            let is_first = plan::count(&pass, &tracker).await?;
            // What is current comes first, and somebody who waits does so for that alone.
            pass.older_tickets = if is_first || is_asked { 0 } else { old_rows(self.serving.allowance()) };
            Box::pin(pass.run(depth)).await
        };
        let done = done.await;
        let mut summary = json!({ "requests": tracker.requests() });
        let predictions = tracker.predictions();
        if !predictions.is_empty() {
            summary["predictions"] = json!(predictions);
        }
        let word = match &done {
            Ok(outcome) if outcome.is_complete() => "complete",
            Ok(_) => "incomplete",
            Err(SyncError::Stopped) => "stopped",
            Err(error) => {
                // Causes are for the log, but for what HaloPSA says.
                let text = if let SyncError::Halo(said) = error { with_causes(said) } else { error.to_string() };
                (summary["error"], summary["advice"]) = (json!(text), json!(error.advice()));
                "failed"
            }
        };
        store.run_finish(run, word, &summary, clock.now_micros()).await?;
        store.runs_prune(serving.connection.id, RUNS).await?;
        if full && !matches!(done, Err(SyncError::Stopped)) {
            // Also where it failed, which is told: what is new comes first then.
            store.setting_set(&self.unfinished_setting(), &false).await?;
        }
        let outcome = done?;
        let everything = full || !predictions.is_empty();
        if everything && outcome.is_complete() {
            store.setting_set(&self.deep_setting(), &clock.now_micros()).await?;
        }
        let after = parents_read(outcome.entities.iter().map(|(_, state)| state));
        Ok(Made { outcome, everything, for_old_rows: after.saturating_sub(before) })
    }

    fn unfinished_setting(&self) -> String {
        format!("serve.unfinished.{}", self.serving.connection.id)
    }

    /// Whether every row was being read again for somebody when that was stopped, or the process ended: it is done all the same.
    async fn is_unfinished(&self) -> Result<bool, StoreError> {
        Ok(self.serving.installation.store.setting_get(&self.unfinished_setting()).await?.unwrap_or(false))
    }

    fn deep_setting(&self) -> String {
        format!("serve.deep.{}", self.serving.connection.id)
    }

    /// Whether every row should be read again now.
    async fn is_deep_due(&self) -> Result<bool, StoreError> {
        let (store, now) = (&self.serving.installation.store, self.serving.installation.clock.now_micros());
        let last: Option<i64> = store.setting_get(&self.deep_setting()).await?;
        // None on a folder that only `haloscope sync` has filled; in the future after the clock was set back.
        let Some(last) = last.filter(|last| *last <= now) else {
            store.setting_set(&self.deep_setting(), &now).await?;
            return Ok(false);
        };
        let states = store.entity_state_list::<EntityState>(self.serving.connection.id).await?;
        // What hangs on other records takes a request for each of those.
        let requests = |state: &EntityState| state.parents.map_or(state.here.div_ceil(PAGE), |(_, parents)| parents);
        let needs = states.iter().map(|kept| requests(&kept.state)).sum();
        let since = Duration::from_micros(u64::try_from(now - last).unwrap_or(0));
        Ok(is_deep_due(since, needs, self.serving.allowance()))
    }

    /// Puts into words how the pass went.
    fn status(&self, done: &Result<Made, Failed>, requests: u64, took: Duration) -> Status {
        let mut status = Status {
            outcome: "failed",
            everything: false,
            rows_read: 0,
            rows_changed: 0,
            requests,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            troubled: Vec::new(),
            error: None,
            ended: None,
        };
        match done {
            Ok(Made { outcome, everything, for_old_rows }) => {
                let states = || outcome.entities.iter().map(|(_, state)| state);
                status.outcome = if outcome.is_complete() { "complete" } else { "incomplete" };
                status.everything = *everything;
                status.rows_read = states().map(|state| state.rows_read).sum();
                status.rows_changed = states().map(|state| state.rows_changed).sum();
                let troubled = outcome.entities.iter().filter(|(_, state)| !state.standing.is_fine());
                status.troubled = troubled.map(|(table, state)| format!("{table} {:?}", state.standing)).collect();
                let again = states().any(|state| matches!(state.standing, Standing::Failed | Standing::Incomplete));
                let more = states().any(|state| state.standing == Standing::Partial);
                let looking = requests.saturating_sub(*for_old_rows);
                let (changed, requests) = (status.rows_changed > 0, (!everything).then_some(looking));
                status.ended = Some(match (again, more) {
                    (true, _) => Ended::Partly,
                    (_, true) => Ended::More { requests },
                    _ => Ended::Well { changed, requests, took },
                });
            }
            Err(Failed::Sync(SyncError::Stopped)) => status.outcome = "stopped",
            Err(error) => {
                status.error = Some(error.to_string());
                status.ended = Some(Ended::Failed(error.recovery()));
            }
        }
        status
    }

    /// Shows on the board how the pass ended, and tells those who wait for it.
    fn show(&self, done: &Result<Made, Failed>, number: u64) {
        let mut failed = done.as_ref().err().map(|error| Trouble::new(error, &error.advice(), self.now_ms()));
        let is_stopped = matches!(done, Err(Failed::Sync(SyncError::Stopped)));
        self.serving.board.set(|live| {
            (live.doing, live.progress, live.asked_by) = (Doing::Waits, None, None);
            let before = live.trouble.take();
            if let (Some(failed), Some(before)) = (&mut failed, &before) {
                (failed.since_ms, failed.failures) = (before.since_ms, before.failures + 1);
            }
            // What was stopped tells nothing new.
            live.trouble = if is_stopped { before } else { failed.clone() };
        });
        self.serving.board.answer(Answered { number, failed });
    }

    fn log(&self, status: &Status, next: Duration) {
        let connection = &self.serving.connection.settings.name;
        let Status { everything, rows_read, rows_changed, requests, took_ms, .. } = *status;
        let (outcome, next_s) = (status.outcome, next.as_secs());
        let troubled = status.troubled.join(", ");
        match &status.error {
            _ if outcome == "stopped" => tracing::info!(connection, requests, took_ms, "pass stopped"),
            Some(error) => tracing::warn!(connection, error, requests, took_ms, next_s, "pass failed"),
            None if troubled.is_empty() => tracing::info!(
                connection,
                rows_changed,
                rows_read,
                requests,
                took_ms,
                next_s,
                everything,
                "pass complete"
            ),
            None => tracing::warn!(
                connection,
                troubled,
                rows_changed,
                rows_read,
                requests,
                took_ms,
                next_s,
                everything,
                "pass incomplete"
            ),
        }
    }
}

/// Frees those who wait for a pass that panicked.
struct Promise<'a>(&'a SyncConnection, u64, bool);

impl Drop for Promise<'_> {
    fn drop(&mut self) {
        if !self.2 && self.0.serving.stop.is_cancelled() {
            // It was dropped as it did not end in time: nothing is wrong with it.
            self.0.serving.board.reset();
        } else if !self.2 {
            let error = "the pass ended in a fault of Haloscope's";
            let advice = "Tell us about it, with the log; it is tried again by itself.";
            let trouble =
                Trouble { error: error.into(), advice: advice.into(), since_ms: self.0.now_ms(), failures: 1 };
            let shown = trouble.clone();
            self.0.serving.board.set(|live| {
                (live.doing, live.progress, live.trouble) = (Doing::Waits, None, Some(shown));
            });
            self.0.serving.board.answer(Answered { number: self.1, failed: Some(trouble) });
        }
    }
}

impl BackgroundTask for SyncConnection {
    const NAME: &'static str = "sync_connection";
    type Status = Status;

    async fn run_once(&mut self) -> Status {
        let _turn = self.serving.board.turn.lock().await;
        let wishes = self.serving.board.take_wishes();
        let mut promise = Promise(self, wishes.number, false);
        let clock = &self.serving.installation.clock;
        let began = clock.monotonic();
        let counted = || self.serving.requests();
        let before = counted();
        let done = self.pass(&wishes).await;
        let requests = counted().saturating_sub(before);
        let status = self.status(&done, requests, clock.monotonic().saturating_sub(began));
        self.show(&done, wishes.number);
        self.serving.look_at(done.as_ref().err().and_then(Failed::of_warehouse));
        promise.2 = true;
        status
    }

    fn wait_after(&mut self, last: &Status) -> Duration {
        let allowance = self.serving.allowance();
        let wait = last.ended.as_ref().map(|ended| self.pace.wait_after(ended, allowance, chance()));
        let wait = wait.unwrap_or_default();
        self.log(last, wait);
        wait
    }
}

/// From 0 to below 1, to spread waits.
fn chance() -> f64 {
    // The standard library seeds each `RandomState` anew; 32 bits fit a float exactly.
    let bits = u32::try_from(RandomState::new().hash_one(0_u8) >> 32).expect("shifted to 32 bits");
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}
