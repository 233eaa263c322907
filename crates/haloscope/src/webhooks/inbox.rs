//! Puts deliveries on disk. Those that arrive while others are being written share the next transaction, so that one flush
//! of the disk serves many.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::store::{ConnectionId, NewDelivery, Store, StoreError};

/// Deliveries of one transaction at most.
const MOST_AT_ONCE: usize = 1_000;

/// Why deliveries could not be kept; all who waited for the same transaction share it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("deliveries could not be kept")]
pub struct NotKept(#[source] pub Option<Arc<StoreError>>);

struct Item {
    deliveries: Vec<NewDelivery>,
    /// What they take of the memory for bodies; given back when they are on disk, whether somebody still waits or not.
    room: Vec<OwnedSemaphorePermit>,
    kept: oneshot::Sender<Result<(), NotKept>>,
}

/// See the module. Copies share one writer, which ends with the last of them.
#[derive(Clone)]
pub struct Inbox(mpsc::UnboundedSender<Item>);

impl Inbox {
    /// Starts the writer, which calls `arrived` for each connection whose deliveries are on disk. Must be called within a tokio
    /// runtime.
    pub fn start(store: Store, arrived: impl Fn(ConnectionId) + Send + 'static) -> Self {
        let (sender, items) = mpsc::unbounded_channel();
        tokio::spawn(write(store, arrived, items));
        Self(sender)
    }

    /// Keeps the deliveries of one post, all of them or none. They are on disk when it returns; `room` is held until then.
    ///
    /// # Errors
    /// [`NotKept`]: HaloPSA must not hear that they arrived.
    pub async fn keep(&self, deliveries: Vec<NewDelivery>, room: Vec<OwnedSemaphorePermit>) -> Result<(), NotKept> {
        let (kept, done) = oneshot::channel();
        self.0.send(Item { deliveries, room, kept }).map_err(|_| NotKept(None))?;
        done.await.unwrap_or(Err(NotKept(None)))
    }
}

async fn write(store: Store, arrived: impl Fn(ConnectionId), mut items: mpsc::UnboundedReceiver<Item>) {
    let (mut deliveries, mut waiting) = (Vec::new(), Vec::new());
    while let Some(first) = items.recv().await {
        let mut next = Some(first);
        while let Some(Item { deliveries: some, room, kept }) = next {
            deliveries.extend(some);
            waiting.push((kept, room));
            next = if deliveries.len() < MOST_AT_ONCE { items.try_recv().ok() } else { None };
        }
        let done = store.deliveries_add(&deliveries).await.map_err(|error| NotKept(Some(Arc::new(error))));
        if done.is_ok() {
            let connections: BTreeSet<ConnectionId> = deliveries.iter().map(|delivery| delivery.connection).collect();
            connections.into_iter().for_each(&arrived);
        }
        deliveries.clear();
        for (kept, _room) in waiting.drain(..) {
            // Whoever has gone does not hear it; HaloPSA tries again then.
            let _ = kept.send(done.clone());
        }
    }
}
