//! What is served at this moment, for those who look while connections come, change and go.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use super::server::View;
use crate::installation::{Installation, InstallationError};
use crate::store::Connection;
use crate::webhooks::gate::{self, Gate};

/// How long a change of connections may take until it is served.
const FOR_A_CHANGE: Duration = Duration::from_secs(20);

/// See the module. Copies are the same.
#[derive(Clone)]
pub struct Hosted {
    /// Which addresses deliveries are accepted at.
    pub gate: Arc<Gate>,
    view: watch::Sender<Option<View>>,
    changed: Arc<Notify>,
}

impl Default for Hosted {
    fn default() -> Self {
        Self { gate: Arc::default(), view: watch::Sender::new(None), changed: Arc::default() }
    }
}

impl Hosted {
    /// Lets deliveries in for these connections.
    ///
    /// # Errors
    /// See [`InstallationError`].
    pub async fn admit(
        &self,
        installation: &Installation,
        connections: &[Connection],
    ) -> Result<(), InstallationError> {
        for connection in connections {
            gate::secret(installation, connection, false).await?;
            self.gate.load(installation, connection).await?;
        }
        Ok(())
    }

    /// What is served; none while warehouses are being opened.
    pub fn view(&self) -> Option<View> {
        self.view.borrow().clone()
    }

    /// What is served, now and later.
    pub fn views(&self) -> watch::Receiver<Option<View>> {
        self.view.subscribe()
    }

    /// Shows what is served from now on.
    pub fn show(&self, view: Option<View>) {
        self.view.send_replace(view);
    }

    /// Has connections served as the store has them now, and waits until that is so. Says whether it came to that in time; if not,
    /// it still does later.
    pub async fn renew(&self, is_so: impl Fn(&View) -> bool) -> bool {
        self.changed.notify_one();
        let mut views = self.views();
        let so = views.wait_for(|view| view.as_ref().is_some_and(&is_so));
        timeout(FOR_A_CHANGE, so).await.is_ok_and(|found| found.is_ok())
    }

    /// Waits until somebody changed connections.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }
}
