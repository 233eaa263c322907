//! What a store must remember so that the next process does not exceed the limit.

use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::error::BoxError;

/// Permission for a number of requests, recorded before the first of them is sent.
///
/// A block is in use until the next one is recorded; the last one until its process ends. After a crash the permits of the last
/// block all count as used just now. Those of a block before count as used when the next one was recorded, but for the requests
/// that were still on their way then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermitBlock {
    /// Rises by one with each block, across processes.
    pub number: u64,
    /// Requests that may be sent under it.
    pub permits: u32,
    /// Requests of earlier blocks that HaloPSA may have counted later than this was recorded: not sent yet, or without an answer.
    pub in_flight: u32,
    /// When it was recorded: microseconds since 1970-01-01 UTC.
    pub recorded_micros: i64,
}

/// What the log knows at start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PermitHistory {
    /// All blocks that were not forgotten, in any order.
    pub blocks: Vec<PermitBlock>,
    /// The limit that refusals taught us.
    pub learned_limit: Option<u32>,
}

/// Where blocks of permits are recorded. One process at a time writes it: the holder of the data folder.
pub trait PermitLog: Send + Sync {
    /// Makes `block` durable before it returns, in place of one with the same number. Blocks below `forget_below` may be deleted.
    fn record(&self, block: PermitBlock, forget_below: u64) -> BoxFuture<'_, Result<(), BoxError>>;

    /// Remembers the learned limit; `None` forgets it.
    fn learned(&self, limit: Option<u32>) -> BoxFuture<'_, Result<(), BoxError>>;

    /// What earlier processes left.
    fn load(&self) -> BoxFuture<'_, Result<PermitHistory, BoxError>>;
}

/// A log that lives as long as the process: for tests, and for calls outside any data folder.
#[derive(Debug, Default)]
pub struct MemoryPermitLog(Mutex<PermitHistory>);

impl MemoryPermitLog {
    /// A log that starts with `history`.
    #[must_use]
    pub fn new(history: PermitHistory) -> Self {
        Self(Mutex::new(history))
    }

    /// What a process that starts now would find.
    #[must_use]
    pub fn history(&self) -> PermitHistory {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut PermitHistory)) -> BoxFuture<'_, Result<(), BoxError>> {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
        futures_util::future::ready(Ok(())).boxed()
    }
}

impl PermitLog for MemoryPermitLog {
    fn record(&self, block: PermitBlock, forget_below: u64) -> BoxFuture<'_, Result<(), BoxError>> {
        self.change(|history| {
            history.blocks.retain(|kept| kept.number >= forget_below && kept.number != block.number);
            history.blocks.push(block);
        })
    }

    fn learned(&self, limit: Option<u32>) -> BoxFuture<'_, Result<(), BoxError>> {
        self.change(|history| history.learned_limit = limit)
    }

    fn load(&self) -> BoxFuture<'_, Result<PermitHistory, BoxError>> {
        futures_util::future::ready(Ok(self.history())).boxed()
    }
}
