//! One request budget per HaloPSA: at most N requests in any window of W, as HaloPSA counts them.
//!
//! HaloPSA counts arrivals, which lie somewhere between our sending and its answer. So a slot is taken from the grant until W after
//! the *answer*, and until W after the longest time-out if no answer came: whichever moment HaloPSA counted, the slot is still taken
//! while that moment is in its window. Exactly N requests are usable and never one more. (A token bucket lets 2N - 1 through in the
//! first window; counting send times lets N + 5 through with six in flight.)
//!
//! `state.rs` holds the rules without time or threads of its own; [`Budget`] drives it from one task, so that no lock is held
//! while anything is awaited; `permit.rs` is what callers hold; `log.rs` is what a store must remember for the next process.

mod driver;
mod lane;
mod learn;
mod log;
mod pause;
mod permit;
mod state;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::AbortHandle;

pub use self::lane::Lane;
pub use self::learn::Refusal;
pub use self::log::{MemoryPermitLog, PermitBlock, PermitHistory, PermitLog};
pub use self::permit::Permit;

use self::driver::Shared;
use self::state::State;
use crate::clock::Clock;
use crate::error::{Cause, HaloError};

/// The limit to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetSettings {
    /// Requests that HaloPSA accepts in any [`BudgetSettings::window`].
    pub limit: u32,
    /// The rolling window in which HaloPSA counts.
    pub window: Duration,
    /// Share of the limit that we never use, so that other integrations find room: 0 to 99.
    pub reserve_percent: u8,
    /// No request lasts longer. A request without an answer is counted as if it had arrived at that age.
    pub longest_request: Duration,
}

impl Default for BudgetSettings {
    /// 450 in any 5 minutes, a fifth kept free. Source: `docs/halo-facts.md#rate-limit`.
    fn default() -> Self {
        Self {
            limit: 450,
            window: Duration::from_secs(300),
            reserve_percent: 20,
            longest_request: Duration::from_secs(120),
        }
    }
}

/// How much of the budget is taken, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetStatus {
    /// Slots taken: requests in flight, and those that HaloPSA may still count in its window.
    pub used_in_window: u32,
    /// The limit of the settings.
    pub limit: u32,
    /// What we use of it: the lower of limit and learned limit, less the reserve.
    pub usable: u32,
    /// The limit that refusals taught us, if any. Kept until [`Budget::forget_learned_limit`].
    pub learned_limit: Option<u32>,
    /// The window of the settings.
    pub window: Duration,
    /// How long nothing is sent, because HaloPSA asked us to wait.
    pub paused_for: Option<Duration>,
    /// When the next slot becomes free, if all are taken or somebody waits for one, and none is in flight before.
    pub next_free_in: Option<Duration>,
    /// Slots taken by requests of this process; lanes without any are absent.
    pub used_by_lane: BTreeMap<Lane, u32>,
    /// Requests that wait for a slot; lanes without any are absent.
    pub waiting_by_lane: BTreeMap<Lane, usize>,
}

/// Decides when a request may go out. See the module's text for the rule.
///
/// It ends its task when dropped; permits may outlive it.
pub struct Budget {
    shared: Arc<Shared>,
    settings: BudgetSettings,
    driver: AbortHandle,
}

impl Budget {
    /// A budget that goes on where `log` says that the process before stopped. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`HaloError::PermitLog`] when `log` cannot be read, [`HaloError::Setup`] for settings that allow no request.
    pub async fn new(
        settings: BudgetSettings,
        log: Arc<dyn PermitLog>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, HaloError> {
        check(&settings)?;
        let history = log.load().await.map_err(|source| HaloError::PermitLog { source: Cause::from(source) })?;
        let state = State::new(settings, &history, clock.now_micros(), clock.monotonic());
        let shared = Arc::new(Shared::new(state, log, clock));
        let driver = tokio::spawn(driver::drive(Arc::clone(&shared))).abort_handle();
        Ok(Arc::new(Self { shared, settings, driver }))
    }

    /// Waits for a slot. Better lanes go first, equal ones in order of asking.
    ///
    /// Dropping the future or an unsent permit gives the slot back.
    ///
    /// # Errors
    /// [`HaloError::PermitLog`] when the permit could not be recorded.
    pub async fn acquire(&self, lane: Lane) -> Result<Permit, HaloError> {
        let (sender, receiver) = oneshot::channel();
        self.shared.wait_in(lane, sender);
        receiver.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// How much is taken now.
    #[must_use]
    pub fn status(&self) -> BudgetStatus {
        self.shared.status()
    }

    /// The settings that it was made with.
    #[must_use]
    pub fn settings(&self) -> &BudgetSettings {
        &self.settings
    }

    /// Uses the full limit of the settings again, because a person said so.
    pub fn forget_learned_limit(&self) {
        self.shared.forget_learned_limit();
    }

    /// Tells the log how many permits of the last block were used, so that a clean exit costs the next process nothing.
    /// Requests that wait or come later are refused.
    ///
    /// # Errors
    /// [`HaloError::PermitLog`] when the log cannot be written; the whole block counts as used then.
    pub async fn close(&self) -> Result<(), HaloError> {
        self.driver.abort();
        self.shared.close().await
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

fn check(settings: &BudgetSettings) -> Result<(), HaloError> {
    let reason = match settings {
        BudgetSettings { limit: 0, .. } => "the request limit must be at least 1",
        BudgetSettings { window: Duration::ZERO, .. } => "the window of the request limit must be longer than 0 s",
        BudgetSettings { reserve_percent: 100.., .. } => "the share kept free must be less than 100 %",
        _ => return Ok(()),
    };
    Err(HaloError::Setup { reason: reason.into(), source: None })
}

fn stopped() -> HaloError {
    HaloError::Setup { reason: "the request budget was closed".into(), source: None }
}
