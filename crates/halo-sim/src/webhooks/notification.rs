//! One notification: an event that a webhook wants to be told of, and under which conditions.

use std::sync::Arc;

use serde_json::Value;

use super::condition::Condition;
use super::fields::Holds::{Text, Whole};
use super::fields::{Field, Record, field};
use crate::world::events::Event;

/// Names of S2. `type` -2 and `delivery_method` 6 are what makes it a webhook's; other kinds are kept and do nothing.
pub(super) const FIELDS: &[Field] = &[
    field("name", Text("")),
    field("agent_id", Whole(0)),
    field("type", Whole(-2)),
    field("delivery_method", Whole(6)),
    field("filter_type", Whole(0)),
    field("restriction_type", Whole(0)),
    field("interval", Whole(0)),
    field("useworkinghours", Whole(0)),
    field("emailtemplate_id", Whole(0)),
];

/// See the module.
#[derive(Clone)]
pub(super) struct Notification {
    pub(super) id: i32,
    pub(super) guid: String,
    pub(super) hook: Arc<str>,
    pub(super) event: &'static Event,
    pub(super) record: Record,
    pub(super) conditions: Vec<Condition>,
}

impl Notification {
    /// Whether it is delivered by a webhook.
    pub(super) fn calls(&self) -> bool {
        self.record.whole("type") == -2 && self.record.whole("delivery_method") == 6
    }

    /// The record as the API shows it.
    pub(super) fn shown(&self) -> Value {
        let mut map = self.record.map();
        map.insert("id".into(), self.id.into());
        map.insert("guid".into(), self.guid.as_str().into());
        map.insert("webhook_id".into(), (*self.hook).into());
        map.insert("eventno".into(), self.event.no.into());
        map.insert("condition_count".into(), self.conditions.len().into());
        map.insert("conditions".into(), self.conditions.iter().map(Condition::shown).collect());
        map.into()
    }
}
