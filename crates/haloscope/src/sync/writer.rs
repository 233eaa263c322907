//! The one way into the warehouse: batches go in away from the async threads, and what they changed reaches the store
//! before the warehouse commits.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use warehouse::{Applied, Batch, BoxError, Happened, Key, Warehouse};

use super::error::SyncError;
use crate::blocking::blocking;
use crate::store::{ConnectionId, LedgerEntry, Store};

/// A delivery may come so late, microseconds.
const LATEST_MICROS: i64 = 86_400_000_000;

/// Number of the last commit whose changes went to the store. If it failed, they are still there, and the next commit of that number
/// replaces them, whoever makes it: all writers of a warehouse share this.
#[derive(Clone, Debug, Default)]
pub struct Attempted(Arc<AtomicI64>);

/// See the module.
#[derive(Clone)]
pub struct Writer {
    warehouse: Arc<dyn Warehouse>,
    store: Store,
    connection: ConnectionId,
    /// The warehouse file's own name, which its observed changes are numbered under.
    identity: Arc<str>,
    attempted: Attempted,
}

impl Writer {
    /// A writer for the tables of one connection.
    pub fn new(
        warehouse: Arc<dyn Warehouse>,
        store: Store,
        connection: ConnectionId,
        identity: &str,
        attempted: &Attempted,
    ) -> Self {
        Self { warehouse, store, connection, identity: identity.into(), attempted: attempted.clone() }
    }

    /// Applies a batch; see [`Warehouse::apply`]. `known_until`: what happened before was read by an earlier batch; microseconds
    /// UTC by HaloPSA's clock.
    ///
    /// # Errors
    /// When nothing was changed.
    pub async fn apply(&self, batch: Batch, known_until: Option<i64>) -> Result<Applied, SyncError> {
        let (store, connection, identity) = (self.store.clone(), self.connection, self.identity.clone());
        let attempted = self.attempted.clone();
        let runtime = tokio::runtime::Handle::current();
        let rows: usize = batch.puts.iter().map(|(_, rows)| rows.len()).sum();
        let (began, observed_at) = (std::time::Instant::now(), batch.observed_at);
        self.run(move |warehouse| {
            warehouse.apply(batch, &mut |applied| {
                crash_point("before-append");
                let ledger = ledger(applied, known_until, observed_at);
                // One batch after the other comes here: the engine lets one write at a time.
                let failed_before = attempted.0.load(Ordering::Relaxed) >= applied.commit;
                if !applied.changes.is_empty() || !ledger.is_empty() || failed_before {
                    attempted.0.store(applied.commit, Ordering::Relaxed);
                    let append =
                        store.observed_append(connection, &identity, applied.commit, &applied.changes, &ledger);
                    runtime.block_on(append).map_err(|error| Box::new(error) as BoxError)?;
                }
                crash_point("before-commit");
                Ok(())
            })
        })
        .await
        .inspect(|applied| {
            crash_point("after-commit");
            let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(rows, took_ms, commit = applied.commit, "batch applied");
        })
    }

    /// Does something with the warehouse away from the async threads.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Warehouse) -> warehouse::Result<T> + Send + 'static,
    ) -> Result<T, SyncError> {
        let warehouse = self.warehouse.clone();
        Ok(blocking(move || work(warehouse.as_ref())).await?)
    }
}

/// What happened to single records. Where nothing tells when, it was within the time for which a delivery may be late.
fn ledger(applied: &Applied, known_until: Option<i64>, observed_at: i64) -> Vec<LedgerEntry> {
    let entries = applied.happenings.iter().filter_map(|happening| {
        let Key::Int(record) = happening.key else { return None };
        let says = match happening.what {
            Happened::Created => "created",
            Happened::Changed => "changed",
            Happened::Deleted => "deleted",
        };
        let happened_at = happening.at.or(known_until).unwrap_or(observed_at - LATEST_MICROS);
        Some(LedgerEntry { family: happening.family.clone(), record, says, happened_at, seen_at: observed_at })
    });
    entries.collect()
}

/// Ends the process at once, like a kill, where a test asks for it: `HALOSCOPE_TEST_CRASH=before-commit:3` at the third
/// commit. Builds for release have no such point.
#[cfg(debug_assertions)]
fn crash_point(place: &str) {
    use std::sync::atomic::AtomicU64;
    static PASSED: AtomicU64 = AtomicU64::new(0);
    let Ok(wanted) = std::env::var("HALOSCOPE_TEST_CRASH") else { return };
    let Some((wanted_place, count)) = wanted.split_once(':') else { return };
    if wanted_place == place && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == count.parse::<u64>().unwrap_or(1) {
        std::process::abort();
    }
}

#[cfg(not(debug_assertions))]
fn crash_point(_place: &str) {}
