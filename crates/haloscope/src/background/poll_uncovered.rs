//! Reads what changed in the lists that webhooks do not cover, more often than passes do. Where webhooks tell of all that
//! happens, nothing is read here; but when they fall silent, it is looked now and then whether nothing happens.

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
use crate::webhooks::status::{self, FamilyStatus};

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
    /// How webhooks cover the families, and when that was looked at; monotonic.
    looked: Option<(Duration, Vec<FamilyStatus>)>,
    /// When families were read here last; microseconds UTC.
    silences: BTreeMap<String, i64>,
    /// When lists were tried last; monotonic.
    tried: BTreeMap<&'static str, Duration>,
}

/// Whether a silence is to be looked into: it was not yet, or has become twice as long since. Times: microseconds UTC.
fn is_new(since: i64, last: Option<i64>, now: i64) -> bool {
    last.is_none_or(|last| last < since || now - since >= 2 * (last - since))
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
        Self { serving, looked: None, silences: BTreeMap::new(), tried: BTreeMap::new() }
    }

    /// Families that are to be read: those that are not covered, and those that fell silent and were not looked into since.
    async fn uncovered(&mut self) -> Result<Vec<&'static Family>, Failed> {
        let now = self.serving.installation.clock.monotonic();
        if self.looked.as_ref().is_none_or(|(at, _)| now.saturating_sub(*at) >= LOOK) {
            let status = status::of(&self.serving.installation, &self.serving.connection).await?;
            self.looked = Some((now, status.families));
        }
        let now = self.serving.installation.clock.now_micros();
        let is_due = |family: &FamilyStatus| {
            let last = self.silences.get(&family.family).copied();
            !family.covered || family.silent_since.is_some_and(|since| is_new(since, last, now))
        };
        let looked = self.looked.iter().flat_map(|(_, families)| families);
        let due: Vec<&str> = looked.filter(|family| is_due(family)).map(|family| family.family.as_str()).collect();
        Ok(FAMILIES.iter().filter(|family| due.contains(&family.name)).copied().collect())
    }

    async fn round(&mut self) -> Result<Status, Failed> {
        let families = self.uncovered().await?;
        let mut status = Status { uncovered: families.iter().map(|family| family.name).collect(), ..Status::default() };
        let serving = self.serving.clone();
        // A pass reads these lists too, and so does whoever follows deliveries.
        let Ok(_turn) = serving.board.turn.try_lock() else { return Ok(status) };
        if families.is_empty() {
            return Ok(status);
        }
        let tables: Vec<&'static str> = families.iter().flat_map(|family| family.tables()).collect();
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
        let now = serving.installation.clock.now_micros();
        self.silences.extend(families.iter().map(|family| (family.name.to_owned(), now)));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_is_looked_into_at_growing_distances() {
        assert!(is_new(100, None, 160) && is_new(100, Some(90), 160));
        assert!(!is_new(100, Some(160), 200) && is_new(100, Some(160), 220));
    }
}
