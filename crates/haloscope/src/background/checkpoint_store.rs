//! Writes the store's log back into its file beside those who write, so that no delivery waits for it.

use std::sync::Arc;
use std::time::Duration;

use super::BackgroundTask;
use crate::installation::Installation;

/// Between two looks; where nothing was written, one costs nothing.
const LOOK: Duration = Duration::from_millis(500);

/// See the module.
pub struct CheckpointStore(Arc<Installation>);

impl CheckpointStore {
    /// A task for this installation.
    pub fn new(installation: Arc<Installation>) -> Self {
        Self(installation)
    }
}

impl BackgroundTask for CheckpointStore {
    const NAME: &'static str = "checkpoint_store";
    /// Whether it could be written back.
    type Status = bool;

    async fn run_once(&mut self) -> bool {
        let done = self.0.store.checkpoint().await;
        if let Err(error) = &done {
            tracing::debug!(error = error as &dyn std::error::Error, "the store's log could not be written back now");
        }
        done.is_ok()
    }

    fn wait_after(&mut self, _: &bool) -> Duration {
        LOOK
    }
}
