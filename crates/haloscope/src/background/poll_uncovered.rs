//! Reads what changed in the lists that webhooks do not cover, more often than passes do. Where webhooks tell of all that
//! happens, nothing is read here; but when they fall silent, it is looked once whether nothing happens.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::BackgroundTask;
use super::server::Serving;
use super::sync_connection::Failed;
use crate::sync::error::SyncError;
use crate::sync::follow;
use crate::webhooks::events::{FAMILIES, Family};
use crate::webhooks::status;

/// A list is not read again sooner, however much may be asked.
const SHORTEST: Duration = Duration::from_secs(30);
/// Of the requests that may be sent, it takes one in so many.
const SHARE: u32 = 10;
/// Between two looks which lists are covered.
const LOOK: Duration = Duration::from_secs(60);
/// Between two looks whether a list is due.
const EACH: Duration = Duration::from_secs(15);

/// See the module.
pub struct PollUncovered {
    serving: Arc<Serving>,
    /// Families that are not covered, and when that was looked at; monotonic.
    uncovered: Option<(Duration, Vec<&'static Family>)>,
    /// Since when families were silent when that was looked into; microseconds UTC.
    silences: BTreeMap<String, i64>,
    /// When lists were tried last; monotonic.
    tried: BTreeMap<&'static str, Duration>,
}

/// What a look came to.
#[derive(Debug, Default, Serialize)]
pub struct Status {
    /// Families that webhooks do not cover.
    uncovered: Vec<&'static str>,
    /// Lists that were read.
    read: usize,
    error: Option<String>,
}

impl PollUncovered {
    /// A task for this connection.
    pub fn new(serving: Arc<Serving>) -> Self {
        Self { serving, uncovered: None, silences: BTreeMap::new(), tried: BTreeMap::new() }
    }

    async fn uncovered(&mut self) -> Result<Vec<&'static Family>, Failed> {
        let now = self.serving.installation.clock.monotonic();
        if let Some((at, families)) = &self.uncovered
            && now.saturating_sub(*at) < LOOK
        {
            return Ok(families.clone());
        }
        let status = status::of(&self.serving.installation, &self.serving.connection).await?;
        let covers = |family: &&&Family| status.families.iter().any(|it| it.family == family.name && it.covered);
        let mut families: Vec<&'static Family> = FAMILIES.iter().filter(|family| !covers(family)).copied().collect();
        self.uncovered = Some((now, families.clone()));
        for silent in status.families.iter().filter(|it| it.covered) {
            let Some(since) = silent.silent_since else { continue };
            if self.silences.insert(silent.family.clone(), since) != Some(since) {
                families.extend(FAMILIES.iter().filter(|family| family.name == silent.family));
            }
        }
        Ok(families)
    }

    async fn round(&mut self) -> Result<Status, Failed> {
        let serving = self.serving.clone();
        // A pass reads these lists too, and so does whoever follows deliveries.
        let Ok(_turn) = serving.board.turn.try_lock() else { return Ok(Status::default()) };
        let families = self.uncovered().await?;
        let tables: Vec<&'static str> = families.iter().flat_map(|family| family.tables()).collect();
        let mut status = Status { uncovered: families.iter().map(|family| family.name).collect(), ..Status::default() };
        if tables.is_empty() {
            return Ok(status);
        }
        let age = SHORTEST.max(serving.allowance().time_for(tables.len() as u64) * SHARE);
        let (pass, _) = serving.pass(serving.stop.child_token(), Vec::new()).await?;
        for table in tables {
            let now = serving.installation.clock.monotonic();
            // One that failed is no older for it.
            if self.tried.get(table).is_some_and(|tried| now.saturating_sub(*tried) < age) {
                continue;
            }
            self.tried.insert(table, now);
            match follow::poll(&pass, table, age).await {
                Ok(read) => status.read += usize::from(read),
                // Its passes tell of it.
                Err(error) if error.is_of_one_entity() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(status)
    }
}

impl BackgroundTask for PollUncovered {
    const NAME: &'static str = "poll_uncovered";
    type Status = Status;

    async fn run_once(&mut self) -> Status {
        match self.round().await {
            Ok(status) => status,
            Err(Failed::Sync(SyncError::Stopped)) => Status::default(),
            // The next pass meets the same and tells people.
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "lists without webhooks were not read");
                self.serving.look_at(error.of_warehouse());
                Status { error: Some(error.to_string()), ..Status::default() }
            }
        }
    }

    fn wait_after(&mut self, last: &Status) -> Duration {
        if last.error.is_some() { LOOK } else { EACH }
    }
}
