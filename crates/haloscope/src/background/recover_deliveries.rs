//! After a start, and now and then, fetches deliveries that did not come from HaloPSA's own log.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::BackgroundTask;
use super::server::Serving;
use super::sync_connection::Failed;
use crate::sync::error::SyncError;
use crate::webhooks::recover::{self, NotRecovered, Recovered};

/// Between two looks; one after the machine slept comes at once.
const EACH: Duration = Duration::from_secs(3_600);
/// After a look that failed.
const AGAIN: Duration = Duration::from_secs(300);

/// See the module.
pub struct RecoverDeliveries(Arc<Serving>);

impl RecoverDeliveries {
    /// A task for this connection.
    pub fn new(serving: Arc<Serving>) -> Self {
        Self(serving)
    }

    async fn look(&self) -> Result<Option<Recovered>, Failed> {
        let serving = &self.0;
        let client = serving.source().await?.client.clone();
        let look = recover::run(&serving.installation, &serving.connection, &client);
        tokio::select! {
            () = serving.stop.cancelled() => Err(SyncError::Stopped.into()),
            found = look => found.map_err(|error| match error {
                NotRecovered::Halo(error) => SyncError::from(error).into(),
                NotRecovered::Installation(error) => error.into(),
            }),
        }
    }
}

/// What a look came to.
#[derive(Debug, Serialize)]
pub struct Status {
    recovered: Option<Recovered>,
    error: Option<String>,
}

impl BackgroundTask for RecoverDeliveries {
    const NAME: &'static str = "recover_deliveries";
    type Status = Status;

    async fn run_once(&mut self) -> Status {
        match self.look().await {
            Ok(recovered) => {
                if let Some(Recovered { deliveries: 1.., sentence, .. }) = &recovered {
                    tracing::info!(connection = self.0.connection.settings.name, "{sentence}");
                    self.0.delivered.tell();
                }
                Status { recovered, error: None }
            }
            // The walks over what changed find the same later, and say what is wrong.
            Err(error) => Status { recovered: None, error: Some(error.to_string()) },
        }
    }

    fn wait_after(&mut self, last: &Status) -> Duration {
        if last.error.is_some() { AGAIN } else { EACH }
    }
}
