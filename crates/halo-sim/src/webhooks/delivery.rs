//! One delivery: an occurrence of an event that a notification matched, and what became of it.

use std::sync::Arc;

use axum::body::Bytes;
use serde_json::{Value, json};

use super::send::Reply;
use crate::clock::Micros;
use crate::times;
use crate::world::events::Event;

/// What became of a delivery so far.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Fate {
    /// Waits to be sent, for the first time or again.
    Queued,
    Delivered,
    /// Never sent, by a trap.
    Dropped,
    /// Given up after all retries.
    Failed,
    /// The webhook was not active.
    Disabled,
}

impl Fate {
    pub(super) fn word(self) -> &'static str {
        match self {
            Fate::Queued => "queued",
            Fate::Delivered => "delivered",
            Fate::Dropped => "dropped",
            Fate::Failed => "failed",
            Fate::Disabled => "disabled",
        }
    }
}

/// See the module.
pub(super) struct Delivery {
    pub(super) id: String,
    pub(super) hook: Arc<str>,
    pub(super) notification: i32,
    pub(super) event: &'static Event,
    pub(super) object: i32,
    pub(super) action: u16,
    pub(super) occurred: Micros,
    pub(super) fate: Fate,
    pub(super) delayed_until: Option<Micros>,
    /// Traps that hit it.
    pub(super) traps: Vec<&'static str>,
    /// The status of each call that carried it; 0 when there was no answer.
    pub(super) statuses: Vec<u16>,
    pub(super) accepted: Option<Micros>,
    /// Empty once it is forgotten.
    pub(super) body: Bytes,
    /// The last call; none with lightweight logs, and once it is forgotten.
    pub(super) last: Option<Box<Last>>,
}

/// What is kept of the last call.
pub(super) struct Last {
    pub(super) at: Micros,
    pub(super) request: Arc<str>,
    pub(super) reply: Arc<Reply>,
}

impl Delivery {
    /// A call that carried it has ended.
    pub(super) fn tried(&mut self, now: Micros, accepted: bool, status: u16, last: Option<Last>) {
        self.statuses.push(status);
        self.last = last.map(Box::new);
        if accepted && self.fate != Fate::Delivered {
            self.fate = Fate::Delivered;
            self.accepted = Some(now);
        }
    }

    /// Nothing more will be tried.
    pub(super) fn end(&mut self, fate: Fate) {
        if self.fate == Fate::Queued {
            self.fate = fate;
        }
    }

    /// The line of `/_sim/deliveries`.
    pub(super) fn truth(&self) -> Value {
        let mut line = json!({
            "id": self.id,
            "webhook_id": *self.hook,
            "notification_id": self.notification,
            "event": self.event.name.to_lowercase(),
            "entity": self.event.of.path(),
            "record_id": self.object,
            "occurred": moment(self.occurred),
            "fate": self.fate.word(),
            "delayed_until": self.delayed_until.map(moment),
            "traps": self.traps,
            "attempts": self.statuses.len(),
            "statuses": self.statuses,
            "accepted": self.accepted.map(moment),
        });
        if self.action > 0 {
            line["action_id"] = self.action.into();
        }
        line
    }

    /// The row of `GET /WebhookEvent`, of names in S2. What the numbers of `status` mean is the simulator's own.
    pub(super) fn log(&self) -> Value {
        let last = self.last.as_deref();
        let light = last.is_none();
        json!({
            "id": self.id,
            "webhook_id": *self.hook,
            "notification_id": self.notification,
            "timestamp": naive(last.map_or(self.occurred, |last| last.at)),
            "status": match self.fate { Fate::Queued => 0, Fate::Delivered => 1, _ => 2 },
            "duration": last.map_or(0.0, |last| last.reply.seconds),
            "requestheaders": last.map_or("", |last| &last.request),
            "requestbody": if light { "".into() } else { String::from_utf8_lossy(&self.body) },
            "responsestatus": self.statuses.last().copied().unwrap_or_default(),
            "responseheaders": last.map_or("", |last| &last.reply.headers),
            "responsebody": last.map_or("", |last| &last.reply.body),
            "entity_id": self.object,
            "error": matches!(self.fate, Fate::Failed | Fate::Disabled),
            "log_retention_policy_deletion_date": null,
        })
    }

    /// Whether the delivery log knows of it.
    pub(super) fn logged(&self) -> bool {
        self.fate != Fate::Dropped && !(self.fate == Fate::Disabled && self.statuses.is_empty())
    }
}

/// A moment as HaloPSA's API writes it.
pub(super) fn naive(at: Micros) -> String {
    let mut text = Vec::new();
    times::write_naive(&mut text, at.div_euclid(1_000));
    String::from_utf8_lossy(&text).into_owned()
}

fn moment(at: Micros) -> String {
    format!("{}Z", naive(at))
}
