//! Reading the members of a posted element. HaloPSA takes numbers and flags as text too.

use serde_json::Value;

use crate::times::{self, Ms};

/// Why an element was not taken.
#[derive(Debug, PartialEq)]
pub(crate) enum PostError {
    /// No record has that id: answered with 404 and an empty body.
    NotFound,
    /// A member holds the wrong type: `{"[0].field": ["message"]}`; the caller knows the element's place.
    Model { field: String, message: String },
    /// HaloPSA would not do this: a sentence for a 400.
    Refused(String),
    /// This kind of record is not written by POST or DELETE here.
    Unsupported,
}

/// A member's value, when it is there and not null.
fn member<'e>(element: &'e Value, name: &str) -> Option<&'e Value> {
    element.get(name).filter(|value| !value.is_null())
}

fn wrong<T>(name: &str, value: &Value, kind: &str) -> Result<T, PostError> {
    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let shown: String = shown.chars().take(100).collect();
    Err(PostError::Model { field: name.into(), message: format!("Could not convert string to {kind}: {shown}.") })
}

/// A whole number; also one written as text or as `12.0`.
pub(super) fn int(element: &Value, name: &str) -> Result<Option<i32>, PostError> {
    let Some(value) = member(element, name) else { return Ok(None) };
    let number = match value {
        Value::String(text) => text.trim().parse::<f64>().ok(),
        other => other.as_f64(),
    };
    match number.filter(|number| number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX)) {
        #[allow(clippy::cast_possible_truncation)] // whole and in range, see the filter
        Some(number) => Ok(Some(number as i32)),
        None => wrong(name, value, "integer"),
    }
}

/// A finite number.
pub(super) fn num(element: &Value, name: &str) -> Result<Option<f64>, PostError> {
    let Some(value) = member(element, name) else { return Ok(None) };
    let number = match value {
        Value::String(text) => text.trim().parse::<f64>().ok(),
        other => other.as_f64(),
    };
    match number.filter(|number| number.is_finite()) {
        Some(number) => Ok(Some(number)),
        None => wrong(name, value, "double"),
    }
}

pub(super) fn flag(element: &Value, name: &str) -> Result<Option<bool>, PostError> {
    let Some(value) = member(element, name) else { return Ok(None) };
    match value {
        Value::Bool(flag) => Ok(Some(*flag)),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        other => wrong(name, other, "boolean"),
    }
}

pub(super) fn text<'e>(element: &'e Value, name: &str) -> Result<Option<&'e str>, PostError> {
    let Some(value) = member(element, name) else { return Ok(None) };
    match value {
        Value::String(text) => Ok(Some(text)),
        other => wrong(name, other, "string"),
    }
}

pub(super) fn time(element: &Value, name: &str) -> Result<Option<Ms>, PostError> {
    let Some(value) = member(element, name) else { return Ok(None) };
    match value.as_str().and_then(times::parse) {
        Some(at) => Ok(Some(at)),
        None => wrong(name, value, "DateTime"),
    }
}

/// The record an element updates; `None` creates one.
pub(super) fn id(element: &Value) -> Result<Option<i32>, PostError> {
    Ok(int(element, "id")?.filter(|id| *id != 0))
}

/// Quantities and hours in hundredths or minutes, bounded so that sums never overflow.
pub(super) fn scaled(name: &str, value: f64, scale: f64, most: f64) -> Result<i64, PostError> {
    if !(0.0..=most).contains(&value) {
        return Err(PostError::Refused(format!("{name} must lie between 0 and {most}.")));
    }
    #[allow(clippy::cast_possible_truncation)] // bounded by `most`
    Ok((value * scale).round() as i64)
}

/// Writes a value if there is one.
pub(super) fn set<T>(field: &mut T, value: Option<impl Into<T>>) {
    if let Some(value) = value {
        *field = value.into();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_read_as_halo_reads_them() {
        let element = json!({"a": 7, "b": "8", "c": 9.0, "d": "abc", "e": null, "f": "True", "g": 1.5, "h": [1]});
        for (name, expected) in [("a", Some(7)), ("b", Some(8)), ("c", Some(9)), ("e", None), ("x", None)] {
            assert_eq!(int(&element, name), Ok(expected), "{name}");
        }
        let message = "Could not convert string to integer: abc.".to_owned();
        assert_eq!(int(&element, "d"), Err(PostError::Model { field: "d".into(), message }));
        assert!(int(&element, "g").is_err() && int(&element, "h").is_err());
        assert_eq!(flag(&element, "f"), Ok(Some(true)));
        assert!(flag(&element, "d").is_err() && time(&element, "d").is_err() && text(&element, "a").is_err());
        assert!(int(&json!({"id": 4_000_000_000_u64}), "id").is_err());
    }
}
