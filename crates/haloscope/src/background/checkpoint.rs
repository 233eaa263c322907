//! Writes the warehouse's log back into its file when nothing else is written: otherwise that happens only
//! when a row group is full.

use std::sync::Arc;
use std::time::Duration;

use warehouse::Warehouse as _;

use super::BackgroundTask;
use super::server::Serving;
use crate::blocking::blocking;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(60);
/// A warehouse that is never idle is written back after so many looks.
const BUSY_LOOKS: u32 = 10;

/// See the module.
pub struct Checkpoint {
    serving: Arc<Serving>,
    looks: Looks,
}

/// What was seen before.
#[derive(Default)]
struct Looks {
    /// Last commit that was written back, and last commit at the look before.
    written: i64,
    seen: i64,
    busy: u32,
}

impl Looks {
    /// Whether the log should be written back now.
    fn is_due(&mut self, commit: i64) -> bool {
        let idle = commit == std::mem::replace(&mut self.seen, commit);
        self.busy = if idle || commit == self.written { 0 } else { self.busy + 1 };
        let due = commit != self.written && (idle || self.busy >= BUSY_LOOKS);
        if due {
            (self.written, self.busy) = (commit, 0);
        }
        due
    }
}

impl Checkpoint {
    /// A task for the warehouse of this connection.
    pub fn new(serving: Arc<Serving>) -> Self {
        Self { serving, looks: Looks::default() }
    }

    async fn look(&mut self) -> warehouse::Result<bool> {
        let file = self.serving.warehouse.engine.clone();
        let commit = blocking(move || file.last_commit()).await?;
        let due = self.looks.is_due(commit);
        if due {
            let file = self.serving.warehouse.engine.clone();
            blocking(move || file.checkpoint()).await?;
        }
        Ok(due)
    }
}

impl BackgroundTask for Checkpoint {
    const NAME: &'static str = "checkpoint";
    /// Whether the log was written back.
    type Status = bool;

    async fn run_once(&mut self) -> bool {
        let began = std::time::Instant::now();
        match self.look().await {
            Ok(written) => {
                let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                tracing::debug!(written, took_ms, "looked at the warehouse's log");
                written
            }
            Err(error) => {
                self.serving.look_at(&error);
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the warehouse's log could not be written back");
                self.looks.written = 0;
                false
            }
        }
    }

    fn wait_after(&mut self, _: &bool) -> Duration {
        LOOK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_written_back_when_idle_and_not_too_late() {
        let mut seen = Looks::default();
        let mut looks = |commits: &[i64]| commits.iter().map(|commit| seen.is_due(*commit)).collect::<Vec<_>>();
        assert_eq!(looks(&[0, 0]), [false, false], "nothing was written");
        assert_eq!(looks(&[5, 6, 6, 6]), [false, false, true, false]);
        let busy: Vec<i64> = (7..18).collect();
        let due: Vec<usize> = looks(&busy).iter().enumerate().filter(|(_, due)| **due).map(|(at, _)| at).collect();
        assert_eq!(due, [9], "never idle");
    }
}
