//! Webhooks: who wants to be told of what, and the calls that tell them.
//!
//! A change of the world becomes news (`world/news.rs`); [`announce`] makes a delivery of it for each
//! notification that asks for it, as the traps have it; [`queue`] says which call is due and what follows from
//! its outcome; [`send`] makes the calls. Times are those of the simulator's clock. Without a webhook nothing
//! runs and nothing is kept. What is known of HaloPSA's webhooks, and what is a guess, is in `docs/simulator.md`.

mod announce;
mod condition;
pub(crate) mod control;
mod delivery;
mod fields;
mod hook;
mod notification;
pub(crate) mod pages;
mod payload;
mod queue;
mod record;
mod send;
pub(crate) mod store;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use tokio::sync::Notify;

pub(crate) use announce::announce;
use delivery::Delivery;
use hook::Hook;
use notification::Notification;

/// See the module.
#[derive(Default)]
pub(crate) struct Outbox {
    book: Mutex<Book>,
    /// There is a webhook.
    open: AtomicBool,
    /// Somebody looks after the queues.
    tended: AtomicBool,
    /// Something may be due.
    wake: Notify,
    /// Calls have ended.
    ended: Notify,
    client: OnceLock<send::Client>,
}

/// All webhooks, what they want to know, and what they were told.
#[derive(Default)]
pub(crate) struct Book {
    hooks: Vec<Hook>,
    notifications: Vec<Notification>,
    /// One for each occurrence of an event that a notification matched, in their order.
    deliveries: Vec<Delivery>,
    /// Numbers of the deliveries whose bodies are kept.
    kept: VecDeque<usize>,
    hooks_made: i64,
    notifications_made: i32,
}

impl Outbox {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("no one panics while holding the book")
    }

    /// Whether anybody wants to be told of anything.
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Lets the queues be looked at: time was moved, or something new lies in them.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }
}

impl Book {
    fn hook(&self, id: &str) -> Option<&Hook> {
        self.hooks.iter().find(|hook| hook.id.eq_ignore_ascii_case(id))
    }

    fn hook_mut(&mut self, id: &str) -> Option<&mut Hook> {
        self.hooks.iter_mut().find(|hook| hook.id.eq_ignore_ascii_case(id))
    }

    fn notifications_of(&self, hook: &Arc<str>) -> impl Iterator<Item = &Notification> {
        self.notifications.iter().filter(move |notification| notification.hook == *hook)
    }
}
