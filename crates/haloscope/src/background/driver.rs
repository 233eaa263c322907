//! Runs tasks for ever: pass, wait, pass. A task that fails or panics ends neither itself nor the others.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use halo_client::Clock;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::BackgroundTask;
use super::cadence::Wait;

/// Wait after a panic, and after a status that could not be told.
const AFTER_PANIC: Duration = Duration::from_secs(60);

/// How a task stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskReport {
    /// What the last pass came to; null before the first has ended.
    pub status: Value,
    /// When the next pass begins, milliseconds UTC; none while one runs.
    pub next_at_ms: Option<i64>,
    /// Passes that ended in a panic.
    pub panics: u32,
}

/// The last reports of all tasks, by name.
pub type Reports = Arc<Mutex<BTreeMap<String, TaskReport>>>;

/// See the module.
pub struct Driver {
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    reports: Reports,
}

impl Driver {
    /// A driver whose tasks end when `stop` fires.
    pub fn new(clock: Arc<dyn Clock>, stop: CancellationToken) -> Self {
        Self { clock, stop, tasks: JoinSet::new(), reports: Reports::default() }
    }

    /// How all tasks stand, now and later.
    pub fn reports(&self) -> Reports {
        self.reports.clone()
    }

    /// Starts a task. `of` tells tasks of the same kind apart; `wake` begins a pass at once.
    pub fn start<T: BackgroundTask>(&mut self, task: T, of: &str, wake: Arc<Notify>) {
        let name = if of.is_empty() { T::NAME.to_owned() } else { format!("{} {of}", T::NAME) };
        let run = Run { name, clock: self.clock.clone(), stop: self.stop.clone(), reports: self.reports.clone() };
        self.tasks.spawn(run.drive(task, wake));
    }

    /// Waits for all tasks to end; only after they were told to stop. Says whether they did within `patience` of real time,
    /// and drops those that did not.
    pub async fn ended(mut self, patience: Duration) -> bool {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        tokio::time::timeout(patience, all).await.is_ok()
    }
}

struct Run {
    name: String,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    reports: Reports,
}

impl Run {
    async fn drive<T: BackgroundTask>(self, mut task: T, wake: Arc<Notify>) {
        while !self.stop.is_cancelled() {
            self.report(|report| report.next_at_ms = None);
            let time = match AssertUnwindSafe(task.run_once()).catch_unwind().await {
                Ok(status) => {
                    let told = serde_json::to_value(&status).unwrap_or_default();
                    self.report(|report| report.status = told);
                    task.wait_after(&status)
                }
                Err(_) => {
                    tracing::error!(task = self.name, "a task panicked; it is run again");
                    self.report(|report| report.panics += 1);
                    AFTER_PANIC
                }
            };
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = wake.notified() => {}
                () = self.wait(time) => {}
            }
        }
    }

    async fn wait(&self, time: Duration) {
        let now_micros = self.clock.now_micros();
        let wait = Wait::new(self.clock.monotonic(), now_micros, time);
        let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        self.report(|report| report.next_at_ms = Some(now_micros.saturating_add(micros) / 1000));
        while let Some(left) = wait.left(self.clock.monotonic(), self.clock.now_micros()) {
            self.clock.sleep(left).await;
        }
    }

    fn report(&self, change: impl FnOnce(&mut TaskReport)) {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        change(reports.entry(self.name.clone()).or_default());
    }
}

#[cfg(test)]
mod tests {
    use halo_client::SystemClock;
    use tokio::sync::mpsc;

    use super::*;

    /// Panics in its first pass; then says which pass it is.
    struct Stumbles(u32, mpsc::UnboundedSender<u32>);

    impl BackgroundTask for Stumbles {
        const NAME: &'static str = "stumbles";
        type Status = u32;

        async fn run_once(&mut self) -> u32 {
            self.0 += 1;
            self.1.send(self.0).unwrap();
            assert!(self.0 > 1, "a pass that goes wrong");
            self.0
        }

        fn wait_after(&mut self, _: &u32) -> Duration {
            Duration::from_secs(3_600)
        }
    }

    #[tokio::test]
    async fn a_panic_ends_one_pass_only_and_waking_begins_the_next() {
        let (stop, (sender, mut passes)) = (CancellationToken::new(), mpsc::unbounded_channel());
        let mut driver = Driver::new(Arc::new(SystemClock::new()), stop.clone());
        let wake = Arc::new(Notify::new());
        driver.start(Stumbles(0, sender), "b", wake.clone());
        assert_eq!(passes.recv().await, Some(1));
        wake.notify_one();
        assert_eq!(passes.recv().await, Some(2));
        let reports = driver.reports();
        stop.cancel();
        assert!(driver.ended(Duration::from_secs(5)).await);
        let report = reports.lock().unwrap()["stumbles b"].clone();
        assert_eq!((report.panics, report.status), (1, Value::from(2)));
    }
}
