//! Conditions of notifications, with the operators that S7 read from HaloPSA's own labels.

use serde_json::{Map, Value};

use super::fields::whole;
use super::record::Record;
use crate::entity::View;
use crate::value::SortKey;

/// Columns of the database by which conditions name fields, as S8 does with `symptom`; and the fields they mean.
const COLUMNS: [(&str, &str); 10] = [
    ("symptom", "summary"),
    ("status", "status_id"),
    ("requesttypenew", "tickettype_id"),
    ("areaint", "client_id"),
    ("sitenumber", "site_id"),
    ("userid", "user_id"),
    ("assignedtoint", "agent_id"),
    ("seriousness", "priority_id"),
    ("sectio_", "team"),
    ("category2", "category_1"),
];

/// One condition, as it was given.
#[derive(Clone)]
pub(super) struct Condition(Map<String, Value>);

impl Condition {
    /// The conditions of a notification; what is no list of objects holds none.
    pub(super) fn read(given: Option<&Value>) -> Vec<Self> {
        let list = given.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|one| one.as_object().cloned().map(Self)).collect()
    }

    pub(super) fn shown(&self) -> Value {
        self.0.clone().into()
    }

    /// Whether a record meets it. A field that the record lacks holds nothing.
    pub(super) fn met<'a>(&self, view: &View<'a>, record: &Record<'a>) -> bool {
        let named = self.0.get("fieldname").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let name = COLUMNS.iter().find(|(column, _)| *column == named).map_or(&*named, |(_, field)| field);
        let operator = self.0.get("type").and_then(whole).unwrap_or_default();
        holds(operator, &record.value(view, name), &self.value())
    }

    /// What is compared with: the text if there is one, else the number.
    fn value(&self) -> String {
        let text = self.0.get("value_string").and_then(Value::as_str).unwrap_or_default();
        let number = || self.0.get("value_int").and_then(whole).map(|number| number.to_string());
        if text.is_empty() { number().unwrap_or_default() } else { text.to_lowercase() }
    }
}

/// An operator that is not known never holds.
fn holds(operator: i64, field: &SortKey, value: &str) -> bool {
    let text = match field {
        SortKey::Nothing => String::new(),
        SortKey::Number(number) => number.to_string(),
        SortKey::Text(text) => text.clone(),
    };
    let compared = || match (field, value.trim().parse::<f64>()) {
        (SortKey::Number(number), Ok(value)) => number.partial_cmp(&value),
        (SortKey::Text(text), _) => Some(text.as_str().cmp(value)),
        _ => None,
    };
    match operator {
        0 => text == value,
        1 => text != value,
        2 => text.contains(value),
        3 => !text.contains(value),
        5 => compared().is_some_and(|order| order.is_gt()),
        6 => compared().is_some_and(|order| order.is_ge()),
        7 => compared().is_some_and(|order| order.is_lt()),
        8 => compared().is_some_and(|order| order.is_le()),
        23 => value.split(',').any(|one| one.trim() == text),
        24 => value.split(',').all(|one| one.trim() != text),
        29 => !text.is_empty(),
        30 => text.is_empty(),
        -10 => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operator_says_when_it_holds() {
        let check = |operator, field: &str, value: &str, expected| {
            let key = field.parse().map_or_else(|_| SortKey::Text(field.into()), SortKey::Number);
            assert_eq!(holds(operator, &key, value), expected, "{field} {operator} {value}");
        };
        for (operator, field, value, expected) in [
            (0, "9", "9", true),
            (0, "9", "", false),
            (1, "printer", "", true),
            (2, "the printer", "print", true),
            (3, "the printer", "print", false),
            (5, "10", "9", true),
            (6, "9", "9", true),
            (7, "10", "9", false),
            (8, "9", "9", true),
            (23, "9", "1, 9", true),
            (24, "9", "1,2", true),
            (29, "", "", false),
            (30, "", "", true),
            (-10, "", "", true),
            (99, "9", "9", false),
        ] {
            check(operator, field, value, expected);
        }
    }
}
