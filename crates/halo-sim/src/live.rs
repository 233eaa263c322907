//! `--live SPEED`: the provider goes on working after the history, in accelerated time.
//!
//! Whoever looks at the world lets everything happen first that was due by then. So a record that is
//! stamped with some moment is never invisible after that moment, at any speed, and a clock that is
//! stepped does the work of the time it skips. A ticker does the same when nobody looks.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::sim::Sim;
use crate::times::Ms;

/// How often the work is caught up with when nobody looks, in real time.
const TICK: Duration = Duration::from_millis(50);

/// When the desk has something to do next.
pub(crate) struct Live {
    due: AtomicI64,
    paused: AtomicBool,
}

impl Live {
    pub(crate) fn new(due: Ms) -> Self {
        Self { due: AtomicI64::new(due), paused: AtomicBool::new(false) }
    }

    /// Whether something is due by now.
    pub(crate) fn is_due(&self, now: Ms) -> bool {
        self.due.load(Ordering::Acquire) <= now && !self.paused.load(Ordering::Acquire)
    }

    /// Lets the provider rest while time goes on, or go back to work: then it does first what was due meanwhile.
    pub(crate) fn pause(&self, paused: bool) {
        self.paused.store(paused, Ordering::Release);
    }

    pub(crate) fn wait_until(&self, due: Ms) {
        self.due.store(due, Ordering::Release);
    }
}

/// Keeps a simulator at work until it is gone.
pub(crate) async fn work(sim: Weak<Sim>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(sim) = sim.upgrade() else { return };
        catch_up(sim).await;
    }
}

/// At a high speed a tick may be much work, which must not hold up requests that wait for nothing.
async fn catch_up(sim: Arc<Sim>) {
    if let Err(error) = tokio::task::spawn_blocking(move || sim.catch_up()).await {
        tracing::error!(%error, "the provider stopped working");
    }
}

/// Reads a speed: simulated seconds in a real one.
pub(crate) fn parse_speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "write a number, for example 60".to_owned())?;
    if (0.001..=1_000_000.0).contains(&speed) {
        Ok(speed)
    } else {
        Err("the speed must lie between 0.001 and 1000000".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_positive_number() {
        assert_eq!((parse_speed("60"), parse_speed("0.5")), (Ok(60.0), Ok(0.5)));
        for bad in ["0", "-1", "fast", "NaN", "inf", "1e9"] {
            assert!(parse_speed(bad).is_err(), "{bad}");
        }
    }
}
