//! Keeps a lake small and fast while it is written: see [`warehouse::Upkeep`].

use std::sync::Arc;
use std::time::Duration;

use super::BackgroundTask;
use super::server::Serving;

/// Between two looks at what is due.
const LOOK: Duration = Duration::from_secs(60);

/// See the module.
pub struct KeepLake(Arc<Serving>);

impl KeepLake {
    /// A task for the lake of this connection.
    pub fn new(serving: Arc<Serving>) -> Self {
        Self(serving)
    }
}

impl BackgroundTask for KeepLake {
    const NAME: &'static str = "keep_lake";
    /// What was done, on how many rows or files; none when it failed.
    type Status = Option<Vec<(&'static str, u64)>>;

    async fn run_once(&mut self) -> Self::Status {
        let began = std::time::Instant::now();
        match self.0.warehouse.upkeep().await {
            Ok(done) => {
                let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                tracing::debug!(?done, took_ms, "looked what is due of the lake's upkeep");
                Some(done.into_iter().map(|(piece, count)| (piece.name(), count)).collect())
            }
            Err(error) => {
                self.0.look_at(&error);
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the lake could not be put in order; it is tried again");
                None
            }
        }
    }

    fn wait_after(&mut self, _: &Self::Status) -> Duration {
        LOOK
    }
}
