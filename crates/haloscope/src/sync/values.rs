//! One JSON value into one cell, with HaloPSA's spellings: `12.0` for 12, numbers as text, sentinel dates, times without
//! a zone.
//!
//! Sources: `docs/halo-facts.md#dates-nulls-numbers-text`.

use std::borrow::Cow;

use halo_client::entities::Kind;
use jiff::civil;
use serde::Deserialize as _;
use serde_json::value::RawValue;
use warehouse::Cell;

/// The value does not fit the column's type.
#[derive(Debug, PartialEq, Eq)]
pub struct Misfit;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// An id in any of HaloPSA's spellings, for the few records that are read without a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(pub i64);

impl<'de> serde::Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        match cell(Kind::Int, &raw) {
            Ok(Cell::Int(id)) => Ok(Self(id)),
            _ => Err(serde::de::Error::custom("not an id")),
        }
    }
}

/// Reads a value as its column's kind. `null` and sentinels become [`Cell::Null`].
///
/// # Errors
/// When the value does not fit.
pub fn cell(kind: Kind, raw: &RawValue) -> Result<Cell, Misfit> {
    let text = raw.get();
    if text == "null" {
        return Ok(Cell::Null);
    }
    match kind {
        Kind::Int => number(text)?.as_deref().map_or(Ok(Cell::Null), |text| whole(text).map(Cell::Int)),
        Kind::Number => number(text)?.as_deref().map_or(Ok(Cell::Null), fraction),
        Kind::Money => number(text)?.as_deref().map_or(Ok(Cell::Null), |text| millionths(text).map(Cell::Decimal)),
        Kind::Text => plain(text),
        Kind::Bool => boolean(text),
        Kind::Time => Ok(moment(text)?.map_or(Cell::Null, Cell::Timestamp)),
        Kind::Day => Ok(moment(text)?.map_or(Cell::Null, |micros| Cell::Date(day(micros)))),
        Kind::Custom => custom(text),
        Kind::Json => Ok(Cell::Json(text.into())),
    }
}

/// The digits of a number, whether it is written as one or as text; `None` for empty text.
fn number(text: &str) -> Result<Option<Cow<'_, str>>, Misfit> {
    let text = match text.as_bytes().first() {
        Some(b'"') => match string(text)? {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        },
        Some(b'-' | b'0'..=b'9') => Cow::Borrowed(text),
        _ => return Err(Misfit),
    };
    Ok((!text.is_empty()).then_some(text))
}

fn whole(text: &str) -> Result<i64, Misfit> {
    if let Ok(value) = text.parse() {
        return Ok(value);
    }
    let value: f64 = text.parse().map_err(|_| Misfit)?;
    // Beyond 2^53 a double no longer tells neighbouring whole numbers apart.
    if value.fract() != 0.0 || value.abs() > 9_007_199_254_740_992.0 {
        return Err(Misfit);
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
    Ok(value as i64)
}

fn fraction(text: &str) -> Result<Cell, Misfit> {
    let value: f64 = text.parse().map_err(|_| Misfit)?;
    if value.is_finite() { Ok(Cell::Double(value)) } else { Err(Misfit) }
}

/// Exact millionths of a decimal number as it is written, rounded half away from zero.
fn millionths(text: &str) -> Result<i64, Misfit> {
    if text.contains(['e', 'E']) {
        let value: f64 = text.parse().map_err(|_| Misfit)?;
        return millionths(&format!("{value:.7}"));
    }
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return Err(Misfit);
    }
    let whole: i64 = whole.parse().map_err(|_| Misfit)?;
    let padded = format!("{fraction:0<7}");
    let parts: i64 = padded[..6].parse().map_err(|_| Misfit)?;
    let up = i64::from(padded.as_bytes()[6] >= b'5');
    let value = whole.checked_mul(1_000_000).and_then(|value| value.checked_add(parts + up)).ok_or(Misfit)?;
    Ok(if negative { -value } else { value })
}

fn plain(text: &str) -> Result<Cell, Misfit> {
    match text.as_bytes().first() {
        Some(b'"') => Ok(Cell::Text(string(text)?.into())),
        // A number or a flag where text is usual: kept as it is written.
        Some(b'{' | b'[') | None => Err(Misfit),
        Some(_) => Ok(Cell::Text(text.into())),
    }
}

fn boolean(text: &str) -> Result<Cell, Misfit> {
    match text.trim_matches('"') {
        "true" | "True" | "1" => Ok(Cell::Bool(true)),
        "false" | "False" | "0" => Ok(Cell::Bool(false)),
        "" => Ok(Cell::Null),
        _ => Err(Misfit),
    }
}

/// The content of a JSON string that was read before, so that it is known to be well formed.
fn string(text: &str) -> Result<Cow<'_, str>, Misfit> {
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => Ok(Cow::Borrowed(plain)),
        // Lone surrogates are legal in JSON but not in text: such a value does not fit.
        _ => serde_json::from_str(text).map(Cow::Owned).map_err(|_| Misfit),
    }
}

/// Microseconds UTC; `None` for HaloPSA's ways to say that there is no date.
fn moment(text: &str) -> Result<Option<i64>, Misfit> {
    if !text.starts_with('"') {
        return Err(Misfit);
    }
    let text = string(text)?;
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // Most have no zone, and a failed reading costs more than a look.
    let zone = text.get(10..).filter(|rest| rest.contains(['Z', 'z', '+', '-']));
    let micros = match zone.and_then(|_| text.parse::<jiff::Timestamp>().ok()) {
        Some(zoned) => zoned.as_microsecond(),
        None => naive(text)?,
    };
    Ok((!is_sentinel(micros)).then_some(micros))
}

fn naive(text: &str) -> Result<i64, Misfit> {
    let at: civil::DateTime = text.trim_end_matches('Z').parse().map_err(|_| Misfit)?;
    Ok(jiff::tz::Offset::UTC.to_timestamp(at).map_err(|_| Misfit)?.as_microsecond())
}

/// Before 1902, as the usual sentinels are 0001-01-01, 1899-12-30 and 1900-01-01; or exactly the Unix epoch.
fn is_sentinel(micros: i64) -> bool {
    const YEAR_1902: i64 = -2_145_916_800_000_000;
    micros < YEAR_1902 || micros == 0
}

/// The day whose midnight is nearest: days arrive as a midnight of HaloPSA's zone, written as such or as UTC.
///
/// Zones lie from 12 hours behind to 14 hours ahead of UTC, so a midnight written as UTC falls between 10:00 of the day
/// before and 12:00 of the day itself.
fn day(micros: i64) -> i32 {
    let shifted = micros + 14 * 3_600_000_000;
    i32::try_from(shifted.div_euclid(MICROS_PER_DAY)).expect("the calendar of jiff ends in year 9999")
}

/// Custom fields by name. The value is what HaloPSA shows, or the plain value where nothing is shown.
fn custom(text: &str) -> Result<Cell, Misfit> {
    #[derive(serde::Deserialize)]
    struct Field<'a> {
        name: String,
        #[serde(borrow, default)]
        value: Option<&'a RawValue>,
        #[serde(borrow, default)]
        display: Option<&'a RawValue>,
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let fields = Vec::<Field<'_>>::deserialize(&mut reader).map_err(|_| Misfit)?;
    let shown = |field: &Field<'_>| -> Option<Box<str>> {
        let mut texts = [field.display, field.value].into_iter().flatten().map(RawValue::get);
        let text = texts.find(|text| !matches!(*text, "null" | "\"\""))?;
        Some(if text.starts_with('"') { string(text).ok()?.into() } else { text.into() })
    };
    Ok(Cell::Map(fields.iter().map(|field| (field.name.as_str().into(), shown(field))).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "reads better at each call")]
    fn check(kind: Kind, json: &str, expected: Result<Cell, Misfit>) {
        let raw = RawValue::from_string(json.to_owned()).unwrap();
        assert_eq!(cell(kind, &raw), expected, "{kind:?} of {json}");
    }

    #[test]
    fn numbers_come_in_many_spellings() {
        for (json, expected) in [
            ("12", Ok(Cell::Int(12))),
            ("12.0", Ok(Cell::Int(12))),
            ("\"61\"", Ok(Cell::Int(61))),
            ("\"12.0\"", Ok(Cell::Int(12))),
            ("-7", Ok(Cell::Int(-7))),
            ("9223372036854775807", Ok(Cell::Int(i64::MAX))),
            ("\"\"", Ok(Cell::Null)),
            ("null", Ok(Cell::Null)),
            ("12.5", Err(Misfit)),
            ("1e300", Err(Misfit)),
            ("\"not a number\"", Err(Misfit)),
            ("true", Err(Misfit)),
            ("[]", Err(Misfit)),
        ] {
            check(Kind::Int, json, expected);
        }
        check(Kind::Number, "0.25", Ok(Cell::Double(0.25)));
        check(Kind::Number, "1e999", Err(Misfit));
    }

    #[test]
    fn money_is_exact() {
        for (json, expected) in [
            ("594.0", Ok(Cell::Decimal(594_000_000))),
            ("0.1", Ok(Cell::Decimal(100_000))),
            ("-12.3456789", Ok(Cell::Decimal(-12_345_679))),
            ("1e2", Ok(Cell::Decimal(100_000_000))),
            ("\"7.50\"", Ok(Cell::Decimal(7_500_000))),
            ("99999999999999999999", Err(Misfit)),
            ("\"1,5\"", Err(Misfit)),
        ] {
            check(Kind::Money, json, expected);
        }
    }

    #[test]
    fn moments_are_utc_and_sentinels_are_none() {
        let at = |text: &str| Ok(Cell::Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_microsecond()));
        check(Kind::Time, "\"2026-10-03T06:24:10.967\"", at("2026-10-03T06:24:10.967Z"));
        check(Kind::Time, "\"2026-09-25T06:41:08.7895915Z\"", at("2026-09-25T06:41:08.789591Z"));
        check(Kind::Time, "\"2026-10-03\"", at("2026-10-03T00:00:00Z"));
        for none in ["1900-01-01T00:00:00", "0001-01-01T00:00:00", "1899-12-30T00:00:00Z", "1970-01-01T00:00:00", ""] {
            check(Kind::Time, &format!("\"{none}\""), Ok(Cell::Null));
        }
        check(Kind::Time, "\"yesterday\"", Err(Misfit));
        check(Kind::Time, "20261003", Err(Misfit));
    }

    #[test]
    fn days_are_those_of_the_halopsa_wherever_its_midnight_lies() {
        let date: i32 = 20_758; // 2026-11-01
        for text in [
            "2026-11-01T00:00:00",
            "2026-10-31T23:00:00", // one hour east
            "2026-10-31T10:00:00", // Kiritimati
            "2026-10-31T11:00:00", // Auckland in summer
            "2026-11-01T08:00:00", // Los Angeles
            "2026-11-01",
        ] {
            check(Kind::Day, &format!("\"{text}\""), Ok(Cell::Date(date)));
        }
    }

    #[test]
    fn flags_texts_and_custom_fields() {
        check(Kind::Bool, "true", Ok(Cell::Bool(true)));
        check(Kind::Bool, "0", Ok(Cell::Bool(false)));
        check(Kind::Bool, "\"maybe\"", Err(Misfit));
        check(Kind::Text, "\"a\\u0000\\\"b\"", Ok(Cell::Text("a\0\"b".into())));
        check(Kind::Text, "12", Ok(Cell::Text("12".into())));
        check(Kind::Text, "{}", Err(Misfit));
        let fields = r#"[{"id":1,"name":"A","value":null,"display":""},{"id":2,"name":"B","value":"true","display":"Yes"},{"name":"C","value":4}]"#;
        let expected = vec![("A".into(), None), ("B".into(), Some("Yes".into())), ("C".into(), Some("4".into()))];
        check(Kind::Custom, fields, Ok(Cell::Map(expected)));
        check(Kind::Custom, "{}", Err(Misfit));
    }
}
