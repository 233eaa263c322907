//! Records of which a table of fields says what they hold: webhooks and notifications.

use serde_json::{Map, Value};

use crate::entity::post::PostError;

/// What a field holds, with its default.
pub(super) enum Holds {
    /// A whole number; a text of digits is taken for one, as HaloPSA does.
    Whole(i64),
    Text(&'static str),
    Flag(bool),
}

/// One field of a record.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) holds: Holds,
}

pub(super) const fn field(name: &'static str, holds: Holds) -> Field {
    Field { name, holds }
}

/// See the module.
#[derive(Clone)]
pub(super) struct Record(Map<String, Value>);

impl Record {
    pub(super) fn new(fields: &[Field]) -> Self {
        Self(fields.iter().map(|field| (field.name.to_owned(), field.holds.default())).collect())
    }

    /// This record with the members of `element` that it knows; `null` stands for the default.
    ///
    /// # Errors
    /// When a member holds the wrong thing.
    pub(super) fn with(&self, fields: &[Field], element: &Map<String, Value>) -> Result<Self, PostError> {
        let mut record = self.clone();
        for field in fields {
            if let Some(given) = element.get(field.name) {
                let value = field.holds.read(given).ok_or_else(|| PostError::Model {
                    field: field.name.into(),
                    message: format!("The value '{given}' is not valid."),
                })?;
                record.set(field.name, value);
            }
        }
        Ok(record)
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    pub(super) fn whole(&self, name: &str) -> i64 {
        self.0.get(name).and_then(Value::as_i64).unwrap_or_default()
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The record as its answer begins.
    pub(super) fn map(&self) -> Map<String, Value> {
        self.0.clone()
    }
}

impl Holds {
    fn default(&self) -> Value {
        match self {
            Holds::Whole(number) => (*number).into(),
            Holds::Text(text) => (*text).into(),
            Holds::Flag(flag) => (*flag).into(),
        }
    }

    fn read(&self, given: &Value) -> Option<Value> {
        if given.is_null() {
            return Some(self.default());
        }
        match self {
            Holds::Whole(_) => whole(given).map(Value::from),
            Holds::Text(_) => given.is_string().then(|| given.clone()),
            Holds::Flag(_) => match given {
                Value::Bool(flag) => Some((*flag).into()),
                Value::String(text) => text.to_lowercase().parse::<bool>().ok().map(Value::from),
                _ => None,
            },
        }
    }
}

/// A whole number, also one that comes as a text or a decimal.
pub(super) fn whole(value: &Value) -> Option<i64> {
    let exact = |number: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "compared with what was cut")]
        let whole = number as i64;
        (whole as f64 == number).then_some(whole)
    };
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(exact)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}
