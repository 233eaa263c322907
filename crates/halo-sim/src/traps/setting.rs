//! Settings of traps: what each may hold, and how it is read once it was checked.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

/// One setting of one trap.
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
}

/// What a setting may hold, with its default.
pub(crate) enum Holds {
    Whole(i64, RangeInclusive<i64>),
    /// A whole number or `null`, which is the default.
    WholeOrNull,
    Flag(bool),
    Text(&'static str),
    /// One of these words; the first is the default.
    Choice(&'static [&'static str]),
    Names(&'static [&'static str]),
    Ids(&'static [i64]),
}

impl Holds {
    pub(crate) fn default(&self) -> Value {
        match self {
            Holds::Whole(number, _) => (*number).into(),
            Holds::WholeOrNull => Value::Null,
            Holds::Flag(flag) => (*flag).into(),
            Holds::Text(text) => (*text).into(),
            Holds::Choice(words) => words[0].into(),
            Holds::Names(names) => (*names).into(),
            Holds::Ids(ids) => (*ids).into(),
        }
    }

    /// What a value must be, as the end of a sentence; `None` when it is that.
    fn objection(&self, value: &Value) -> Option<String> {
        let list_of = |test: fn(&Value) -> bool| value.as_array().is_some_and(|list| list.iter().all(test));
        let (fits, wanted) = match self {
            Holds::Whole(_, range) => (
                value.as_i64().is_some_and(|number| range.contains(&number)),
                format!("a whole number from {} to {}", range.start(), range.end()),
            ),
            Holds::WholeOrNull => (value.is_null() || value.as_u64().is_some(), "a whole number or null".to_owned()),
            Holds::Flag(_) => (value.is_boolean(), "true or false".to_owned()),
            Holds::Text(_) => (value.as_str().is_some_and(|text| !text.is_empty()), "a text".to_owned()),
            Holds::Choice(words) => {
                (value.as_str().is_some_and(|word| words.contains(&word)), format!("one of {}", words.join(", ")))
            }
            Holds::Names(_) => (list_of(Value::is_string), "a list of texts".to_owned()),
            Holds::Ids(_) => (list_of(Value::is_i64), "a list of whole numbers".to_owned()),
        };
        (!fits).then_some(wanted)
    }
}

/// The checked settings of a trap that is on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings(Map<String, Value>);

impl Settings {
    pub(crate) fn defaults(of: &[Setting]) -> Self {
        Self(of.iter().map(|setting| (setting.name.to_owned(), setting.holds.default())).collect())
    }

    /// The defaults with `given` in place of some of them.
    ///
    /// # Errors
    /// A sentence, when a setting is unknown or holds the wrong thing.
    pub(crate) fn read(trap: &str, of: &[Setting], given: &Map<String, Value>) -> Result<Self, String> {
        let mut settings = Self::defaults(of);
        for (name, value) in given {
            let Some(setting) = of.iter().find(|setting| setting.name == name) else {
                let known: Vec<_> = of.iter().map(|setting| setting.name).collect();
                let known = if known.is_empty() { "no settings".to_owned() } else { known.join(", ") };
                return Err(format!("The trap `{trap}` has no setting `{name}`; it has {known}."));
            };
            if let Some(wanted) = setting.holds.objection(value) {
                return Err(format!("The setting `{name}` of the trap `{trap}` must be {wanted}."));
            }
            settings.0.insert(name.clone(), value.clone());
        }
        Ok(settings)
    }

    pub(crate) fn map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// 0 when there is no such setting.
    pub(crate) fn whole(&self, name: &str) -> i64 {
        self.maybe(name).unwrap_or_default()
    }

    pub(crate) fn maybe(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    pub(crate) fn names(&self, name: &str) -> Vec<String> {
        let list = self.0.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|entry| entry.as_str().map(str::to_owned)).collect()
    }

    /// Whether this entity, or event, is meant: it is named, or none is.
    pub(crate) fn means(&self, entity: &str) -> bool {
        let names = self.0.get("entities").or_else(|| self.0.get("events"));
        let Some(Value::Array(names)) = names else { return true };
        names.is_empty() || names.iter().any(|name| name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(entity)))
    }
}
