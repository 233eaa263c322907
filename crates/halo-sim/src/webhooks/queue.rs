//! Which call is due, and what follows from its outcome: retries, giving up, switching off.

use std::sync::Arc;

use axum::body::Bytes;
use serde_json::Value;

use super::Book;
use super::delivery::{Delivery, Fate, Last, naive};
use super::hook::Hook;
use super::send::Reply;
use crate::clock::Micros;
use crate::world::events::Event;

/// Seconds from the moment at which a call was due to that of the next attempt: a bit more than three days in
/// all. How often and when HaloPSA tries again is not public; that it does is concluded from its tables (S13).
const RETRIES: [Micros; 9] = [60, 300, 900, 3_600, 10_800, 43_200, 86_400, 86_400, 86_400];
/// Deliveries whose bodies and answers are kept for the log.
const KEPT: usize = 10_000;

/// One call to be made.
#[derive(Clone)]
pub(super) struct Job {
    /// Numbers of the deliveries that it carries.
    pub(super) deliveries: Vec<usize>,
    /// An array, even of one.
    pub(super) array: bool,
    /// Takes more deliveries of this kind until it is due.
    open: Option<String>,
    retries: usize,
}

impl Job {
    pub(super) fn of(number: usize) -> Self {
        Self { deliveries: vec![number], array: false, open: None, retries: 0 }
    }
}

/// How deliveries are collected into one call.
#[derive(Clone)]
pub(super) struct Batch {
    pub(super) method: i64,
    /// Microseconds from the first delivery to the call.
    pub(super) wait: Micros,
    pub(super) limit: usize,
}

impl Batch {
    /// What the deliveries of one call have in common.
    fn kind(&self, event: &Event) -> String {
        match self.method {
            1 => event.name.to_owned(),
            2 => event.of.key().to_owned(),
            _ => String::new(),
        }
    }
}

/// A job that was taken, with what is needed to put it back.
pub(super) struct Taken {
    pub(super) due: Micros,
    pub(super) job: Job,
}

impl Hook {
    pub(super) fn put(&mut self, due: Micros, job: Job) -> (Micros, u64) {
        self.queued += 1;
        let place = (due, self.queued);
        self.queue.insert(place, job);
        place
    }

    /// Adds a delivery to the call that collects its kind, or begins one.
    pub(super) fn collect(&mut self, due: Micros, number: usize, event: &Event, batch: &Batch) {
        let kind = batch.kind(event);
        let open = self.queue.values_mut().rev().find(|job| job.open.as_deref() == Some(&*kind));
        if let Some(job) = open {
            job.deliveries.push(number);
            if job.deliveries.len() >= batch.limit {
                job.open = None;
            }
        } else {
            let open = (batch.limit > 1).then_some(kind);
            self.put(due + batch.wait, Job { array: true, open, ..Job::of(number) });
        }
    }

    /// Holds a call back until the next one, but no longer than `due`.
    pub(super) fn hold(&mut self, due: Micros, job: Job) {
        let place = self.put(due, job);
        self.held.push(place);
    }

    /// Lets go what was held: it comes after what was put before.
    pub(super) fn release(&mut self, due: Micros) {
        for place in std::mem::take(&mut self.held) {
            if let Some(job) = self.queue.remove(&place) {
                self.put(due, job);
            }
        }
    }

    pub(super) fn is_due(&self, now: Micros) -> bool {
        self.queue.first_key_value().is_some_and(|((due, _), _)| *due <= now)
    }

    /// When something is due that is not due now.
    pub(super) fn next_due(&self, now: Micros) -> Option<Micros> {
        self.queue.range((now + 1, 0)..).next().map(|((due, _), _)| *due)
    }

    /// The next call that is due.
    pub(super) fn take(&mut self, now: Micros) -> Option<Taken> {
        let entry = self.queue.first_entry().filter(|entry| entry.key().0 <= now)?;
        let due = entry.key().0;
        Some(Taken { due, job: entry.remove() })
    }
}

impl Book {
    /// Keeps a delivery, and forgets the body of an old one.
    pub(super) fn keep(&mut self, delivery: Delivery) {
        if !delivery.body.is_empty() {
            self.kept.push_back(self.deliveries.len());
        }
        self.deliveries.push(delivery);
        // Two at a time, so that those catch up that waited long.
        for _ in 0..2 {
            if self.kept.len() <= KEPT {
                return;
            }
            let Some(oldest) = self.kept.pop_front() else { return };
            let old = &mut self.deliveries[oldest];
            if old.fate == Fate::Queued {
                self.kept.push_back(oldest);
            } else {
                (old.body, old.last) = (Bytes::new(), None);
            }
        }
    }

    /// What follows from the outcome of a call. Retries go by the moment at which the call was due, so that a
    /// clock that is stepped far plays all of them.
    pub(super) fn finish(&mut self, id: &str, taken: Taken, request: &Arc<str>, reply: Reply, now: Micros) {
        let Taken { due, job } = taken;
        let (accepted, status) = (reply.accepted(), reply.status);
        let Some(hook) = self.hooks.iter_mut().find(|hook| *hook.id == *id) else { return };
        let (light, reply) = (hook.light(), Arc::new(reply));
        for number in &job.deliveries {
            let last = || Last { at: now, request: Arc::clone(request), reply: Arc::clone(&reply) };
            self.deliveries[*number].tried(now, accepted, status, (!light).then(last));
        }
        hook.failures = if accepted { 0 } else { hook.failures + 1 };
        hook.record.set("last_status", status);
        let limit = hook.record.whole("auto_disable_attempts");
        if accepted {
            return;
        }
        let tired = hook.active() && limit > 0 && hook.failures >= limit;
        match RETRIES.get(job.retries) {
            _ if !hook.active() => self.end(&job.deliveries, Fate::Disabled),
            Some(seconds) => {
                hook.put(due + seconds * 1_000_000, Job { retries: job.retries + 1, open: None, ..job });
            }
            None => self.end(&job.deliveries, Fate::Failed),
        }
        if tired {
            self.disable(id, now);
        }
    }

    fn end(&mut self, deliveries: &[usize], fate: Fate) {
        for number in deliveries {
            self.deliveries[*number].end(fate);
        }
    }

    /// HaloPSA switches a webhook off by itself, and what waits is never sent.
    fn disable(&mut self, id: &str, now: Micros) {
        self.switch_off(id, now);
        self.drain(id);
    }

    pub(super) fn switch_off(&mut self, id: &str, now: Micros) {
        if let Some(hook) = self.hook_mut(id) {
            hook.record.set("active", false);
            hook.record.set("disabled", true);
            hook.record.set("last_auto_disable_date", Value::from(naive(now)));
        }
    }

    /// What still waits is never sent.
    pub(super) fn drain(&mut self, id: &str) {
        let Some(hook) = self.hook_mut(id) else { return };
        hook.held.clear();
        let waiting: Vec<usize> =
            std::mem::take(&mut hook.queue).into_values().flat_map(|job| job.deliveries).collect();
        self.end(&waiting, Fate::Disabled);
    }

    /// Sends a delivery again, if its body is still known and its webhook is active.
    pub(super) fn resend(&mut self, delivery: &str, now: Micros) -> bool {
        let found = self.deliveries.iter().rposition(|one| one.id == delivery && !one.body.is_empty());
        let Some(number) = found.filter(|number| self.deliveries[*number].last.is_some()) else { return false };
        let id = Arc::clone(&self.deliveries[number].hook);
        let Some(hook) = self.hook_mut(&id).filter(|hook| hook.active()) else { return false };
        hook.put(now, Job::of(number));
        true
    }
}
