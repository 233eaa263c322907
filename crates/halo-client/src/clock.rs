//! Time from outside, so that tests and the simulator can give their own.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;

/// Where all time of this crate comes from, except the time-outs of sockets.
pub trait Clock: Send + Sync {
    /// The time of day: microseconds since 1970-01-01 UTC.
    fn now_micros(&self) -> i64;
    /// Time since some fixed moment; it never goes back.
    fn monotonic(&self) -> Duration;
    /// Ends `time` later, as [`Clock::monotonic`] counts it.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;
}

/// The clock of this machine.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose monotonic time starts now.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now_micros(&self) -> i64 {
        jiff::Timestamp::now().as_microsecond()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// The logical clock that orders requests and answers: each call of [`Ticks::next`] is later than all before it.
///
/// It decides which of two answers about one record is newer, so a new process must start it after the last tick of the one before.
#[derive(Debug)]
pub struct Ticks(AtomicI64);

impl Ticks {
    /// A logical clock whose first tick is `start`.
    #[must_use]
    pub const fn new(start: i64) -> Self {
        Self(AtomicI64::new(start))
    }

    /// The next tick.
    pub fn next(&self) -> i64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// A random number from 0 to below 1, to spread waits. Not for secrets.
pub(crate) fn jitter() -> f64 {
    // The standard library seeds each `RandomState` anew; 32 bits fit a float exactly.
    let bits = RandomState::new().hash_one(0_u8) >> 32;
    f64::from(u32::try_from(bits).expect("shifted to 32 bits")) / (f64::from(u32::MAX) + 1.0)
}
