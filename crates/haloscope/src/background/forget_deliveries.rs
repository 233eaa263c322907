//! Forgets deliveries, refusals and the ledger after a month; how many deliveries there were stays counted.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::BackgroundTask;
use crate::installation::Installation;

/// So long they are kept.
const KEPT: Duration = Duration::from_secs(30 * 86_400);
/// Between two looks, and where there is more to forget at once.
const EACH: Duration = Duration::from_secs(3_600);
const SOON: Duration = Duration::from_secs(1);

/// See the module.
pub struct ForgetDeliveries(Arc<Installation>);

impl ForgetDeliveries {
    /// For all connections of an installation.
    pub fn new(installation: Arc<Installation>) -> Self {
        Self(installation)
    }
}

/// What a look came to.
#[derive(Debug, Serialize)]
pub struct Status {
    forgotten: usize,
    error: Option<String>,
}

impl BackgroundTask for ForgetDeliveries {
    const NAME: &'static str = "forget_deliveries";
    type Status = Status;

    async fn run_once(&mut self) -> Status {
        let kept = i64::try_from(KEPT.as_micros()).unwrap_or(i64::MAX);
        match self.0.store.deliveries_forget(self.0.clock.now_micros() - kept).await {
            Ok(forgotten) => Status { forgotten, error: None },
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "old deliveries could not be forgotten");
                Status { forgotten: 0, error: Some(error.to_string()) }
            }
        }
    }

    fn wait_after(&mut self, last: &Status) -> Duration {
        if last.forgotten > 0 { SOON } else { EACH }
    }
}
