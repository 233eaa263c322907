//! Shows what deliveries tell of at once, as provisional rows: without a request, and also while a pass runs. What HaloPSA itself
//! says of it comes later ([`super::follow_deliveries`]).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::BackgroundTask;
use super::server::Serving;
use super::sync_connection::Failed;
use crate::store::Carrying;
use crate::sync::provisional::{self, Told};
use crate::webhooks::delivery;
use crate::webhooks::events::{FAMILIES, Family};

/// Deliveries that are shown together at most.
const MOST_AT_ONCE: u32 = 200;
/// Arrivals wake it; this is for what was waiting at the start and could not be shown then.
const LOOK: Duration = Duration::from_secs(60);
/// After a round, so many times as long as it took is left to what arrives, but no more than this.
const REST: u32 = 3;
const LONGEST_REST: Duration = Duration::from_millis(100);

/// See the module.
pub struct ShowDeliveries {
    serving: Arc<Serving>,
    /// Number of the last delivery that was looked at; none at the start.
    last: Option<i64>,
    /// Until when no round is made; monotonic.
    rest_until: Duration,
}

/// What a look came to.
#[derive(Debug, Default, Serialize)]
pub struct Status {
    looked_at: usize,
    error: Option<String>,
}

impl ShowDeliveries {
    /// A task for this connection.
    pub fn new(serving: Arc<Serving>) -> Self {
        Self { serving, last: None, rest_until: Duration::ZERO }
    }

    async fn round(&mut self) -> Result<usize, Failed> {
        let clock = self.serving.installation.clock.clone();
        clock.sleep(self.rest_until.saturating_sub(clock.monotonic())).await;
        let (installation, connection) = (&self.serving.installation, &self.serving.connection);
        let _showing = self.serving.showing.lock().await;
        let began = clock.monotonic();
        let last = match self.last {
            Some(last) => last,
            None => installation.store.deliveries_before_waiting(connection.id).await?,
        };
        let mut some = installation.store.deliveries_to_show(connection.id, last, MOST_AT_ONCE).await?;
        let (looked_at, last) = (some.len(), some.last().map_or(last, |carrying| carrying.number));
        some.retain(|carrying| carrying.body.is_some());
        if !some.is_empty() {
            self.show(&some).await?;
        }
        self.last = Some(last);
        let now = clock.monotonic();
        self.rest_until = now + LONGEST_REST.min(REST * now.saturating_sub(began));
        Ok(looked_at)
    }

    async fn show(&self, some: &[Carrying]) -> Result<(), Failed> {
        let installation = &self.serving.installation;
        let (pass, _) = self.serving.pass(self.serving.stop.child_token(), Vec::new()).await?;
        for family in FAMILIES {
            let own: Vec<&Carrying> = some.iter().filter(|carrying| carrying.family == family.name).collect();
            let shown = provisional::show(&pass, &family.tables(), &told(family, &own)).await?;
            let is_shown = |carrying: &&&Carrying| shown.contains(&carrying.record);
            let numbers: Vec<i64> = own.iter().filter(is_shown).map(|carrying| carrying.number).collect();
            if !numbers.is_empty() {
                installation.store.deliveries_visible(&numbers, installation.clock.now_micros()).await?;
                self.serving.note_told().await?;
            }
        }
        Ok(())
    }
}

/// Of each record the last delivery counts; its time of change decides against the row that is there.
fn told(family: &Family, own: &[&Carrying]) -> Vec<Told> {
    let by_record: BTreeMap<i64, Told> = own
        .iter()
        .filter_map(|Carrying { record, body, .. }| {
            Some((*record, Told { record: *record, object: delivery::object_of(body.as_deref()?, family)? }))
        })
        .collect();
    by_record.into_values().collect()
}

impl BackgroundTask for ShowDeliveries {
    const NAME: &'static str = "show_deliveries";
    type Status = Status;

    async fn run_once(&mut self) -> Status {
        match self.round().await {
            Ok(looked_at) => Status { looked_at, error: None },
            // An answer shows it later; if that fails too, people hear of it.
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "deliveries were not shown");
                self.serving.look_at(error.of_warehouse());
                Status { looked_at: 0, error: Some(error.to_string()) }
            }
        }
    }

    fn wait_after(&mut self, last: &Status) -> Duration {
        if last.looked_at > 0 { Duration::ZERO } else { LOOK }
    }
}
