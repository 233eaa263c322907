//! Fetches what HaloPSA sent while nobody listened from its own log of deliveries. Where that may not be read, the ordinary walks
//! over what changed bring the data all the same.

use halo_client::{Client, HaloError, Lane, LoggedCall};
use serde::{Deserialize, Serialize};

use super::{address, delivery};
use crate::installation::{Installation, InstallationError};
use crate::store::{Connection, StoreError};

/// Pages of the log that are read at most.
const MOST_PAGES: usize = 50;
/// HaloPSA's clock may be behind ours, and deliveries late; microseconds.
const OVERLAP: i64 = 600_000_000;
/// Who sent deliveries that come from the log.
const SOURCE: &str = "HaloPSA's log";

/// What the last look into HaloPSA's log came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovered {
    /// When, microseconds UTC.
    pub at: i64,
    /// Since when deliveries were looked for, microseconds UTC.
    pub since: i64,
    /// Whether the log may be read.
    pub readable: bool,
    /// Deliveries that had not come.
    pub deliveries: u64,
    /// What that means; a sentence.
    pub sentence: String,
}

/// Why the log could not be looked into at all.
#[derive(Debug, thiserror::Error)]
pub enum NotRecovered {
    /// HaloPSA cannot be asked now.
    #[error(transparent)]
    Halo(#[from] HaloError),
    /// Ours.
    #[error(transparent)]
    Installation(#[from] InstallationError),
}

impl From<StoreError> for NotRecovered {
    fn from(error: StoreError) -> Self {
        Self::Installation(error.into())
    }
}

/// What the last look came to; none when there was none.
///
/// # Errors
/// Those of the store.
pub async fn last(installation: &Installation, connection: &Connection) -> Result<Option<Recovered>, StoreError> {
    installation.store.setting_get(&setting(connection)).await
}

/// Looks for deliveries since the last look, or the last one that came. Nothing is looked for where none ever came.
///
/// # Errors
/// See [`NotRecovered`]; it may be done again.
pub async fn run(
    installation: &Installation,
    connection: &Connection,
    client: &Client,
) -> Result<Option<Recovered>, NotRecovered> {
    let (store, now) = (&installation.store, installation.clock.now_micros());
    let received = store.deliveries_received(connection.id, now).await?;
    let Some(last_at) = received.iter().map(|received| received.last_at).max() else { return Ok(None) };
    // From the last look that succeeded: what arrives meanwhile says nothing of a gap before it.
    let looked_at = last(installation, connection).await?.filter(|last| last.readable).map(|last| last.at);
    let since = looked_at.map_or(last_at, |looked_at| looked_at.min(last_at)) - OVERLAP;
    let found = fetch(installation, connection, client, since).await;
    let (readable, deliveries, sentence) = match found {
        Ok(0) => (true, 0, "HaloPSA's log holds no delivery that had not come.".to_owned()),
        Ok(1) => (true, 1, "A delivery that had not come was fetched from HaloPSA's log.".to_owned()),
        Ok(new) => (true, new, format!("{new} deliveries that had not come were fetched from HaloPSA's log.")),
        Err(NotRecovered::Halo(error)) if error.is_refusal() => {
            let sentence =
                "HaloPSA's log of deliveries may not be read; what changed meanwhile is found by reading the lists.";
            (false, 0, sentence.to_owned())
        }
        Err(error) => return Err(error),
    };
    let recovered = Recovered { at: now, since, readable, deliveries, sentence };
    store.setting_set(&setting(connection), &recovered).await?;
    Ok(Some(recovered))
}

fn setting(connection: &Connection) -> String {
    format!("webhooks.recovered.{}", connection.id)
}

async fn fetch(
    installation: &Installation,
    connection: &Connection,
    client: &Client,
    since: i64,
) -> Result<u64, NotRecovered> {
    let url = address::of(installation, connection, false).await?.callback_url;
    let mut new = 0;
    for webhook in
        client.webhooks(Lane::Reconcile).await?.iter().filter(|webhook| address::is_of_same(&webhook.url, &url))
    {
        for page in 1..=MOST_PAGES {
            let calls = client.webhook_log(Lane::Reconcile, &webhook.id, page).await?;
            new += keep(installation, connection, &calls).await?;
            let is_late = |call: &LoggedCall| delivery::moment(&call.timestamp).is_none_or(|at| at >= since);
            if calls.is_empty() || !calls.iter().any(is_late) {
                break;
            }
        }
    }
    Ok(new)
}

async fn keep(installation: &Installation, connection: &Connection, calls: &[LoggedCall]) -> Result<u64, StoreError> {
    let now = installation.clock.now_micros();
    let bodies = calls.iter().filter_map(|call| call.requestbody.as_deref());
    let read = bodies.filter_map(|body| delivery::read(body.as_bytes()).ok()).flatten();
    let deliveries: Vec<_> = read.map(|one| one.into_new(connection.id, now, SOURCE, "{}".to_owned())).collect();
    if deliveries.is_empty() { Ok(0) } else { installation.store.deliveries_recover(&deliveries).await }
}
