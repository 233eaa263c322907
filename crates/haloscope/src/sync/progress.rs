//! What a pass tells those who watch it, and where it stands.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use halo_client::{Budget, Clock};
use serde::{Deserialize, Serialize};

use super::forecast::{Forecast, Limit, Moment};
use super::state::EntityState;

/// Predictions that are kept of one reading: one per hundredth of the way.
const PREDICTIONS: usize = 100;
/// A prediction takes some work and is good for so long.
const BETWEEN_PREDICTIONS_MS: i64 = 200;

/// Takes note of a pass's progress. Calls come often and must not block.
pub trait Reporter: Send + Sync {
    /// An entity is being read.
    fn begins(&self, table: &str);
    /// So many rows were read of so many.
    fn expects(&self, table: &str, rows: u64);
    /// So many rows were read until now.
    fn rows(&self, table: &str, rows: u64);
    /// The ids of both sides are being compared.
    fn proves(&self, table: &str);
    /// An entity is done for now.
    fn ends(&self, table: &str, state: &EntityState);
}

/// Tells nobody.
pub struct Silent;

impl Reporter for Silent {
    fn begins(&self, _: &str) {}
    fn expects(&self, _: &str, _: u64) {}
    fn rows(&self, _: &str, _: u64) {}
    fn proves(&self, _: &str) {}
    fn ends(&self, _: &str, _: &EntityState) {}
}

/// Where a pass stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The entity that is read or compared; empty before the first.
    pub entity: String,
    /// Whether its ids are compared, and not its rows read.
    pub compares: bool,
    /// Rows that were read of it.
    pub rows: u64,
    /// Rows that HaloPSA has of it, where it said so.
    pub of: Option<u64>,
    /// When reading or comparing it began, milliseconds UTC.
    pub since_ms: i64,
    /// Entities that are done, in their order.
    pub done: Vec<Done>,
    /// Requests of this pass.
    pub requests: u64,
    /// Requests that may be sent now, and in any window.
    pub left: u32,
    /// See `left`.
    pub usable: u32,
    /// When the next request may be sent, milliseconds UTC, where all wait.
    pub wait_until_ms: Option<i64>,
    /// When a first reading will be finished, milliseconds UTC, and which share of it is done; none for other passes.
    pub finish: Option<Prediction>,
}

/// An entity that is done for now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Its table.
    pub table: String,
    /// Rows that were read.
    pub rows: u64,
    /// How long it was read, milliseconds.
    pub took_ms: u64,
}

/// When a reading will be finished, as it looked at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// When this was predicted, milliseconds UTC.
    pub at_ms: i64,
    /// Share of the requests that were done then, 0 to 1.
    pub fraction: f64,
    /// The predicted end, milliseconds UTC.
    pub end_ms: i64,
}

/// Follows one pass and tells where it stands whenever that changes.
pub struct Tracker {
    state: Mutex<State>,
    budget: Arc<Budget>,
    clock: Arc<dyn Clock>,
    /// Requests until now, on any scale.
    counter: Box<dyn Fn() -> u64 + Send + Sync>,
    start: u64,
    tell: Box<dyn Fn(&Progress) + Send + Sync>,
}

#[derive(Default)]
struct State {
    progress: Progress,
    forecast: Forecast,
    is_first: bool,
    predictions: Vec<Prediction>,
    /// How long entities were read, milliseconds: some are compared much later.
    took_ms: BTreeMap<String, u64>,
}

impl State {
    /// What was read until now is read.
    fn has_read(&mut self, now_ms: i64) {
        let Progress { entity, compares: false, since_ms, .. } = &self.progress else { return };
        let took_ms = u64::try_from(now_ms - since_ms).unwrap_or(0);
        self.took_ms.insert(entity.clone(), took_ms);
    }
}

impl Progress {
    /// Seconds that are left until the next request may be sent, where all wait. `now_ms`: milliseconds UTC.
    pub fn wait_s(&self, now_ms: i64) -> Option<u64> {
        let left_ms = u64::try_from(self.wait_until_ms? - now_ms).ok()?;
        Some(left_ms.div_ceil(1000))
    }
}

impl Tracker {
    /// A tracker for a pass that begins now. `counter` counts requests; `tell` must not block.
    pub fn new(
        budget: Arc<Budget>,
        clock: Arc<dyn Clock>,
        counter: impl Fn() -> u64 + Send + Sync + 'static,
        tell: impl Fn(&Progress) + Send + Sync + 'static,
    ) -> Self {
        let start = counter();
        let (counter, tell) = (Box::new(counter), Box::new(tell));
        Self { state: Mutex::default(), budget, clock, counter, start, tell }
    }

    /// This is a first reading: so many rows are to be read of an entity, so many were read before. `per_request`: how many one
    /// request brings, where that is known.
    pub fn plan(&self, table: &str, rows: u64, before: u64, per_request: Option<u64>) {
        let mut state = self.state();
        state.is_first = true;
        state.forecast.plan(table, rows, before, per_request);
    }

    /// Requests of this pass until now.
    pub fn requests(&self) -> u64 {
        (self.counter)() - self.start
    }

    /// What was predicted on the way of a first reading; empty for other passes.
    pub fn predictions(&self) -> Vec<Prediction> {
        self.state().predictions.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State, Moment)) {
        let budget = self.budget.status();
        let requests = self.requests();
        let wait = budget.paused_for.or(budget.next_free_in);
        // Bulk reading leaves one slot in a hundred to live work.
        let bulk = budget.usable - budget.usable / 100;
        let is_full = wait.is_some() || budget.used_in_window >= bulk;
        let limit = Limit { usable: bulk, window: budget.window, is_full };
        let moment = Moment { at: self.clock.monotonic(), requests: requests as f64, limit };
        let now_ms = self.clock.now_micros() / 1000;

        let mut state = self.state();
        change(&mut state, moment);
        let progress = &mut state.progress;
        progress.requests = requests;
        (progress.usable, progress.left) = (budget.usable, budget.usable.saturating_sub(budget.used_in_window));
        let until = |wait: Duration| now_ms.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        progress.wait_until_ms = wait.map(until);
        if state.is_first {
            predict(&mut state, now_ms);
        }
        let progress = state.progress.clone();
        drop(state);
        (self.tell)(&progress);
    }
}

fn predict(state: &mut State, now_ms: i64) {
    if state.progress.finish.is_some_and(|last| (last.at_ms..last.at_ms + BETWEEN_PREDICTIONS_MS).contains(&now_ms)) {
        return;
    }
    let Some(finish) = state.forecast.finish() else { return };
    let left = Duration::try_from_secs_f64(finish.left_s).unwrap_or(Duration::MAX);
    let left_ms = i64::try_from(left.as_millis()).unwrap_or(i64::MAX);
    let prediction = Prediction { at_ms: now_ms, fraction: finish.fraction, end_ms: now_ms.saturating_add(left_ms) };
    state.progress.finish = Some(prediction);
    let step = |prediction: &Prediction| (prediction.fraction * PREDICTIONS as f64).floor();
    if state.predictions.last().is_none_or(|last| step(last) < step(&prediction)) {
        state.predictions.push(prediction);
    }
}

impl Reporter for Tracker {
    fn begins(&self, table: &str) {
        let now_ms = self.clock.now_micros() / 1000;
        self.change(|state, moment| {
            state.has_read(now_ms);
            state.forecast.begins(table, moment);
            let progress = &mut state.progress;
            (progress.entity, progress.since_ms) = (table.to_owned(), now_ms);
            (progress.compares, progress.rows, progress.of) = (false, 0, None);
        });
    }

    fn expects(&self, table: &str, rows: u64) {
        let mut state = self.state();
        state.forecast.expects(table, rows);
        state.progress.of = Some(rows);
    }

    fn rows(&self, table: &str, rows: u64) {
        self.change(|state, moment| {
            state.forecast.rows(table, rows, moment);
            state.progress.rows = rows;
        });
    }

    fn proves(&self, table: &str) {
        let now_ms = self.clock.now_micros() / 1000;
        self.change(|state, moment| {
            state.has_read(now_ms);
            state.forecast.proves(moment);
            let progress = &mut state.progress;
            progress.entity = table.to_owned();
            (progress.compares, progress.of) = (true, None);
        });
    }

    fn ends(&self, table: &str, entity: &EntityState) {
        let now_ms = self.clock.now_micros() / 1000;
        self.change(|state, moment| {
            state.forecast.ends(table, moment);
            if state.progress.entity == table {
                state.has_read(now_ms);
            }
            let took_ms = state.took_ms.get(table).copied().unwrap_or(0);
            let progress = &mut state.progress;
            progress.done.retain(|done| done.table != table);
            progress.done.push(Done { table: table.to_owned(), rows: entity.rows_read, took_ms });
        });
    }
}
