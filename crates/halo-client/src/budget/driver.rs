//! The one task that grants permits, and the state that it shares with those who ask.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::lane::Lane;
use super::learn::Refusal;
use super::log::{PermitBlock, PermitLog};
use super::state::{State, Step, Waiter};
use super::{BudgetStatus, Permit};
use crate::clock::{Clock, jitter};
use crate::error::{BoxError, Cause, HaloError};

/// A clock may count in steps: a wait shorter than one of them would never end.
const SHORTEST_SLEEP: Duration = Duration::from_millis(1);

/// State, clock and log. The lock is held for moments only, never while something is awaited.
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Notify,
    log: Arc<dyn PermitLog>,
    clock: Arc<dyn Clock>,
}

impl Shared {
    pub(super) fn new(state: State, log: Arc<dyn PermitLog>, clock: Arc<dyn Clock>) -> Self {
        Self { state: Mutex::new(state), changed: Notify::new(), log, clock }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes the driver.
    fn change<T>(&self, change: impl FnOnce(&mut State, Duration) -> T) -> T {
        let now = self.clock.monotonic();
        let answer = change(&mut self.lock(), now);
        self.changed.notify_one();
        answer
    }

    pub(super) fn wait_in(&self, lane: Lane, waiter: Waiter) {
        self.change(|state, _| state.wait_in(lane, waiter));
    }

    pub(super) fn sent(&self, id: u64) {
        let now = self.clock.monotonic();
        self.lock().sent(id, now);
    }

    pub(super) fn not_sent(&self, id: u64) {
        self.change(|state, _| state.not_sent(id));
    }

    pub(super) fn answered(&self, id: u64) {
        self.change(|state, now| state.answered(id, now));
    }

    pub(super) fn gave_up(&self, id: u64) {
        self.change(|state, now| state.gave_up(id, now));
    }

    pub(super) fn refused(&self, id: u64, refusal: Refusal) -> Duration {
        self.change(|state, now| state.refused(id, now, refusal, jitter()))
    }

    pub(super) fn forget_learned_limit(&self) {
        self.change(|state, _| state.forget_learned_limit());
    }

    pub(super) fn status(&self) -> BudgetStatus {
        let now = self.clock.monotonic();
        self.lock().status(now)
    }

    pub(super) async fn close(&self) -> Result<(), HaloError> {
        let last = self.lock().close();
        match last {
            Some(block) => self.log.record(block, 0).await.map_err(log_error),
            None => Ok(()),
        }
    }

    fn step(&self) -> Step {
        let (now, now_micros) = (self.clock.monotonic(), self.clock.now_micros());
        self.lock().step(now, now_micros)
    }

    async fn record(&self, block: PermitBlock, forget_below: u64) {
        match self.log.record(block, forget_below).await {
            Ok(()) => {
                let now = self.clock.monotonic();
                self.lock().recorded(block, now);
            }
            Err(error) => self.fail_all(&log_error(error)),
        }
    }

    fn fail_all(&self, error: &HaloError) {
        let waiters = self.lock().take_waiters();
        for waiter in waiters {
            // One who no longer waits needs no error.
            let _ = waiter.send(Err(error.clone()));
        }
    }

    async fn save_learned(&self, limit: Option<u32>) {
        tracing::warn!(?limit, "the request limit learned from HaloPSA's refusals changed");
        if let Err(error) = self.log.learned(limit).await {
            tracing::warn!(%error, "the learned request limit could not be saved; it holds until the process ends");
        }
    }
}

fn log_error(error: BoxError) -> HaloError {
    HaloError::PermitLog { source: Cause::from(error) }
}

/// Grants permits for ever. Sends happen outside the lock: a permit that nobody takes gives its slot back when it is dropped.
pub(super) async fn drive(shared: Arc<Shared>) {
    loop {
        match shared.step() {
            Step::Grant(waiter, id) => drop(waiter.send(Ok(Permit::new(Arc::clone(&shared), id)))),
            Step::Record(block, forget_below) => shared.record(block, forget_below).await,
            Step::SaveLearned(limit) => shared.save_learned(limit).await,
            Step::Wait(None) => shared.changed.notified().await,
            Step::Wait(Some(time)) => {
                let sleep = shared.clock.sleep(time.max(SHORTEST_SLEEP));
                tokio::select! {
                    () = shared.changed.notified() => {}
                    () = sleep => {}
                }
            }
        }
    }
}
