//! One webhook: its settings and its queue.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::fields::Holds::{Flag, Text, Whole};
use super::fields::{Field, Record, field};
use super::payload::Payload;
use super::queue::{Batch, Job};
use crate::clock::Micros;

/// Secrets: never shown again.
const PASSWORD: &str = "basic_password";

/// Names of S2 and S3; which numbers mean what is S3's or, where it says nothing, the simulator's own.
pub(super) const FIELDS: &[Field] = &[
    field("name", Text("")),
    field("note", Text("")),
    field("url", Text("")),
    // 0 is an outbound webhook, 1 a runbook.
    field("type", Whole(0)),
    // See [`Hook::METHODS`].
    field("method", Whole(0)),
    field("content_type", Text("application/json")),
    field("active", Flag(true)),
    field("disabled", Flag(false)),
    // 0 none, 1 Basic, 3 a signature.
    field("authentication_type", Whole(0)),
    field("basic_username", Text("")),
    field(PASSWORD, Text("")),
    field("authentication_header", Text("")),
    // 0 is HMAC-SHA256, and base64: the only ones simulated.
    field("algorithm", Whole(0)),
    field("digest", Whole(0)),
    field("signature_prefix", Text("")),
    // 0 key fields, 1 the full object, 2 the event alone.
    field("payload_type", Whole(0)),
    field("custom_payload", Flag(false)),
    // 0 one call per occurrence, 1 by event, 2 by kind of record, 3 all together.
    field("batch_method", Whole(0)),
    field("batch_delay_seconds", Whole(0)),
    field("batch_limit", Whole(0)),
    field("auto_disable_attempts", Whole(0)),
    field("last_auto_disable_date", Text("")),
    field("notify_on_failure", Flag(false)),
    field("infinite_loop_threshold", Whole(0)),
    field("use_lightweight_logs", Flag(false)),
    field("log_retention_policy_days", Whole(0)),
];

/// See the module.
pub(super) struct Hook {
    pub(super) id: Arc<str>,
    pub(super) record: Record,
    /// What is to be sent, by the moment at which it is due and then in the order of its making.
    pub(super) queue: BTreeMap<(Micros, u64), Job>,
    /// Calls that wait for the next one of this webhook.
    pub(super) held: Vec<(Micros, u64)>,
    pub(super) queued: u64,
    /// Tasks that send from this queue.
    pub(super) senders: u32,
    /// Calls that failed since the last good one.
    pub(super) failures: i64,
    /// Deliveries since it was made or switched on.
    pub(super) placed: i64,
}

impl Hook {
    pub(super) const METHODS: [&'static str; 5] = ["POST", "GET", "PUT", "DELETE", "PATCH"];

    pub(super) fn new(id: String, record: Record) -> Self {
        Self {
            id: id.into(),
            record,
            queue: BTreeMap::new(),
            held: Vec::new(),
            queued: 0,
            senders: 0,
            failures: 0,
            placed: 0,
        }
    }

    pub(super) fn name(&self) -> &str {
        self.record.text("name")
    }

    pub(super) fn active(&self) -> bool {
        self.record.flag("active")
    }

    pub(super) fn method(&self) -> &'static str {
        let place = usize::try_from(self.record.whole("method")).unwrap_or_default();
        Self::METHODS.get(place).copied().unwrap_or("POST")
    }

    pub(super) fn secret(&self) -> &str {
        self.record.text(PASSWORD)
    }

    pub(super) fn light(&self) -> bool {
        self.record.flag("use_lightweight_logs")
    }

    pub(super) fn payload(&self) -> Payload {
        match self.record.whole("payload_type") {
            1 => Payload::Full,
            2 => Payload::Event,
            _ => Payload::Keys,
        }
    }

    /// How its deliveries are collected; `None` when each is a call of its own.
    pub(super) fn batch(&self) -> Option<Batch> {
        let method = self.record.whole("batch_method");
        let seconds = self.record.whole("batch_delay_seconds").clamp(0, 86_400);
        let limit = usize::try_from(self.record.whole("batch_limit")).ok().filter(|limit| *limit > 0);
        (method > 0).then(|| Batch { method, wait: seconds * 1_000_000, limit: limit.unwrap_or(usize::MAX) })
    }

    /// The record as the API shows it, with its notifications.
    pub(super) fn shown(&self, events: Vec<Value>) -> Map<String, Value> {
        let mut map = self.record.map();
        map.remove(PASSWORD);
        map.insert("id".into(), (*self.id).into());
        let last = map.get("last_auto_disable_date").and_then(Value::as_str).unwrap_or_default();
        if last.is_empty() {
            map.insert("last_auto_disable_date".into(), Value::Null);
        }
        map.insert("events".into(), events.into());
        map
    }
}
