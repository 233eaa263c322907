//! Puts deliveries on disk. Those that arrive while others are being written share the next transaction, so that one flush
//! of the disk serves many.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::store::{NewDelivery, Store, StoreError};

/// Deliveries of one transaction at most.
const MOST_AT_ONCE: usize = 1_000;

/// Why deliveries could not be kept; all who waited for the same transaction share it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("deliveries could not be kept")]
pub struct NotKept(#[source] pub Option<Arc<StoreError>>);

struct Item {
    deliveries: Vec<NewDelivery>,
    kept: oneshot::Sender<Result<(), NotKept>>,
}

/// See the module. Copies share one writer, which ends with the last of them.
#[derive(Clone)]
pub struct Inbox(mpsc::UnboundedSender<Item>);

impl Inbox {
    /// Starts the writer. Must be called within a tokio runtime.
    pub fn start(store: Store) -> Self {
        let (sender, items) = mpsc::unbounded_channel();
        tokio::spawn(write(store, items));
        Self(sender)
    }

    /// Keeps the deliveries of one post, all of them or none. They are on disk when it returns.
    ///
    /// # Errors
    /// [`NotKept`]: HaloPSA must not hear that they arrived.
    pub async fn keep(&self, deliveries: Vec<NewDelivery>) -> Result<(), NotKept> {
        let (kept, done) = oneshot::channel();
        self.0.send(Item { deliveries, kept }).map_err(|_| NotKept(None))?;
        done.await.unwrap_or(Err(NotKept(None)))
    }
}

async fn write(store: Store, mut items: mpsc::UnboundedReceiver<Item>) {
    let (mut deliveries, mut waiting) = (Vec::new(), Vec::new());
    while let Some(first) = items.recv().await {
        let mut next = Some(first);
        while let Some(Item { deliveries: some, kept }) = next {
            deliveries.extend(some);
            waiting.push(kept);
            next = if deliveries.len() < MOST_AT_ONCE { items.try_recv().ok() } else { None };
        }
        let done = store.deliveries_add(&deliveries).await.map_err(|error| NotKept(Some(Arc::new(error))));
        deliveries.clear();
        for kept in waiting.drain(..) {
            // Whoever has gone does not hear it; HaloPSA tries again then.
            let _ = kept.send(done.clone());
        }
    }
}
