//! Clocks of the tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use halo_client::Clock;
use tokio::time::Instant;

/// Follows tokio's time, which a test can pause: then it jumps to the next moment at which something happens.
pub(crate) struct TokioClock(Instant);

impl TokioClock {
    /// Starts at 2026-11-24T10:00:00Z.
    pub(crate) const START_MICROS: i64 = 1_795_514_400_000_000;

    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for TokioClock {
    fn now_micros(&self) -> i64 {
        Self::START_MICROS + i64::try_from(self.monotonic().as_micros()).unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// Stands still until somebody sleeps or a test moves it: waits of minutes take no time, and their sum is known.
#[derive(Default)]
pub(crate) struct StepClock(Arc<AtomicU64>);

impl StepClock {
    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for StepClock {
    fn now_micros(&self) -> i64 {
        TokioClock::START_MICROS + i64::try_from(self.0.load(Ordering::SeqCst)).unwrap()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        let micros = Arc::clone(&self.0);
        let until = self.monotonic() + time;
        Box::pin(async move {
            tokio::task::yield_now().await;
            micros.fetch_max(u64::try_from(until.as_micros()).unwrap(), Ordering::SeqCst);
        })
    }
}
