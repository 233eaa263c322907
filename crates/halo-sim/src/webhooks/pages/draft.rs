//! A webhook while it is edited. What was filled in so far travels in the form itself, from screen to screen.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::html::{FOCUS, hidden, row, select};
use crate::query::Query;
use crate::webhooks::fields::{Record, whole};
use crate::webhooks::hook::{FIELDS, Hook};
use crate::world::events::{self, Event};

/// What a field is filled in with.
enum Input {
    Line,
    Number,
    /// Never shown again.
    Secret,
    Tick,
    /// Numbers count from 0 unless they are given.
    Choice(&'static [(i64, &'static str)]),
    Method,
}

/// Fields of the screen by their names in the API, with HaloPSA's labels where they are known.
const INPUTS: &[(&str, &str, Input)] = &[
    ("name", "Webhook Name", Input::Line),
    ("url", "Payload URL", Input::Line),
    ("method", "Method", Input::Method),
    ("content_type", "Content Type", Input::Choice(&[(0, "application/json")])),
    (
        "authentication_type",
        "Authentication Type",
        Input::Choice(&[(0, "None"), (1, "Basic Authentication"), (3, "HMAC Signature")]),
    ),
    ("basic_username", "Username", Input::Line),
    ("basic_password", "Password or Secret", Input::Secret),
    ("authentication_header", "Authentication Header", Input::Line),
    ("signature_prefix", "Signature Prefix", Input::Line),
    ("payload_type", "Payload", Input::Choice(&[(0, "Key fields"), (1, "Full object"), (2, "Event information only")])),
    (
        "batch_method",
        "Batching",
        Input::Choice(&[(0, "One call per occurrence"), (1, "Same event"), (2, "Same event type"), (3, "Any event")]),
    ),
    ("batch_delay_seconds", "Batch Delay (seconds)", Input::Number),
    ("batch_limit", "Batch Limit", Input::Number),
    ("auto_disable_attempts", "Disable after failed attempts (0 is never)", Input::Number),
    ("use_lightweight_logs", "Use lightweight logs", Input::Tick),
    ("active", "Active", Input::Tick),
];

/// What is wrong, by field; `events` for the list of events.
pub(super) type Errors = BTreeMap<&'static str, String>;

/// See the module.
pub(super) struct Draft {
    values: BTreeMap<&'static str, String>,
    pub(super) events: Vec<&'static Event>,
}

impl Draft {
    /// A new webhook, everything default.
    pub(super) fn new() -> Self {
        Self::of(&Record::new(FIELDS).map())
    }

    /// A webhook as the API shows it.
    pub(super) fn of(shown: &Map<String, Value>) -> Self {
        let text = |name: &str| match shown.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(value) => value.to_string(),
        };
        let events = shown.get("events").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Self {
            values: INPUTS.iter().map(|(name, ..)| (*name, text(name))).collect(),
            events: events.iter().filter_map(|one| events::numbered(whole(&one["eventno"])?)).collect(),
        }
    }

    /// What a form holds.
    pub(super) fn filled(form: &Query) -> Self {
        let value = |name: &str, input: &Input| match input {
            Input::Tick => form.get(name).is_some_and(|value| value == "true").to_string(),
            _ => form.get(name).unwrap_or_default().trim().to_owned(),
        };
        Self {
            values: INPUTS.iter().map(|(name, _, input)| (*name, value(name, input))).collect(),
            events: form.all("event").filter_map(|no| events::numbered(no.parse().ok()?)).collect(),
        }
    }

    pub(super) fn value(&self, name: &str) -> &str {
        self.values.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The first field that is wrong.
    pub(super) fn first_wrong(errors: &Errors) -> Option<&'static str> {
        INPUTS.iter().map(|(name, ..)| *name).find(|name| errors.contains_key(name))
    }

    /// The element that the API would be sent. What is empty stays as it is, but for lines.
    pub(super) fn element(&self, id: Option<&str>) -> Map<String, Value> {
        let given =
            INPUTS.iter().filter(|(name, _, input)| matches!(input, Input::Line) || !self.value(name).is_empty());
        let values = given.map(|(name, ..)| ((*name).to_owned(), Value::from(self.value(name))));
        values.chain(id.map(|id| ("id".to_owned(), id.into()))).collect()
    }

    /// All fields, to be filled in, with the keyboard at the one named `focus`.
    pub(super) fn inputs(&self, errors: &Errors, focus: &str) -> String {
        let one = |(name, label, input): &(&'static str, &str, Input)| {
            let error = errors.get(name).map(String::as_str);
            let more = if *name == focus { FOCUS } else { "" };
            row(name, label, error, more, |bound| self.control(bound, name, input))
        };
        INPUTS.iter().map(one).collect()
    }

    fn control(&self, bound: &str, name: &str, input: &Input) -> String {
        let value = self.value(name);
        let line = |kind: &str, value: &str| {
            format!("<input {bound} type=\"{kind}\" value=\"{}\" autocomplete=\"off\">", super::html::escape(value))
        };
        match input {
            Input::Line => line("text", value),
            Input::Number => line("number", value),
            Input::Secret => line("password", ""),
            Input::Tick => {
                let checked = if value == "true" { " checked" } else { "" };
                format!("<input {bound} type=\"checkbox\" value=\"true\"{checked}>")
            }
            Input::Choice([(_, only)]) => select(bound, value, [((*only).to_owned(), *only)]),
            Input::Choice(choices) => {
                select(bound, value, choices.iter().map(|(number, shown)| (number.to_string(), *shown)))
            }
            Input::Method => select(
                bound,
                value,
                (0..).zip(Hook::METHODS).map(|(number, shown): (i64, _)| (number.to_string(), shown)),
            ),
        }
    }

    /// All fields, to travel along unseen.
    pub(super) fn carried(&self) -> String {
        let ticked = |(name, value): &(&&str, &String)| {
            let tick = INPUTS.iter().any(|(known, _, input)| known == *name && matches!(input, Input::Tick));
            !tick || *value == "true"
        };
        let values = self.values.iter().filter(ticked).map(|(name, value)| hidden(name, value));
        values.chain([self.carried_events()]).collect()
    }

    pub(super) fn carried_events(&self) -> String {
        self.events.iter().map(|event| hidden("event", &event.no.to_string())).collect()
    }
}
