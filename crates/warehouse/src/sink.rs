//! Rows that a query answers with, one at a time, and how their values are written as JSON and as text.

use std::{fmt::Write, io};

/// Takes the answer of a query as it streams.
///
/// An error stops the query and comes back as [`crate::Error::Sink`].
pub trait Sink {
    /// Called once, before any row.
    fn columns(&mut self, columns: &[ResultColumn]) -> io::Result<()>;
    /// Called for each row, with one field per column.
    fn row(&mut self, fields: &[Field]) -> io::Result<()>;
}

/// Keeps all rows, for answers that are known to be small.
impl Sink for Vec<Vec<Field>> {
    fn columns(&mut self, _: &[ResultColumn]) -> io::Result<()> {
        Ok(())
    }

    fn row(&mut self, fields: &[Field]) -> io::Result<()> {
        self.push(fields.to_vec());
        Ok(())
    }
}

/// Name and type of a column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultColumn {
    /// As the query named it; names may repeat.
    pub name: String,
    /// DuckDB's name of the type, such as `BIGINT` or `DECIMAL(18,6)`.
    pub type_name: String,
}

/// One value of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// Whole number.
    Int(i128),
    /// Floating point number.
    Float(f64),
    /// Exact number, as its digits.
    Decimal(String),
    /// Text.
    Text(String),
    /// `2024-02-29T12:34:56Z`, or without `Z` where the engine's type has no zone.
    Timestamp(String),
    /// `2024-02-29`.
    Date(String),
    /// `12:34:56`.
    Time(String),
    /// Bytes, written as hexadecimal digits.
    Blob(Vec<u8>),
    /// JSON document.
    Json(String),
    /// Values in order.
    List(Vec<Field>),
    /// Named values in order: structs and maps.
    Object(Vec<(String, Field)>),
}

impl Field {
    /// Appends the value as JSON. NaN and infinities become null, bytes a string of hexadecimal digits; whole numbers and
    /// decimals keep all their digits.
    pub fn write_json(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Float(value) if !value.is_finite() => out.push_str("null"),
            Self::Text(text) | Self::Timestamp(text) | Self::Date(text) | Self::Time(text) => {
                write_json_text(text, out);
            }
            Self::Blob(_) => write_json_text(&self.to_text(), out),
            Self::List(fields) => {
                write_separated(out, ['[', ']'], fields, |field, out| field.write_json(out));
            }
            Self::Object(fields) => write_separated(out, ['{', '}'], fields, |(name, field), out| {
                write_json_text(name, out);
                out.push(':');
                field.write_json(out);
            }),
            Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Decimal(_) | Self::Json(_) => self.write_text(out),
        }
    }

    /// Appends the value as plain text: nothing for NULL, JSON for nested values.
    pub fn write_text(&self, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Null => Ok(()),
            Self::Bool(value) => write!(out, "{value}"),
            Self::Int(value) => write!(out, "{value}"),
            // Debug writes large and small numbers with an exponent, and `1.0` for one.
            Self::Float(value) => write!(out, "{value:?}"),
            Self::Decimal(text)
            | Self::Text(text)
            | Self::Timestamp(text)
            | Self::Date(text)
            | Self::Time(text)
            | Self::Json(text) => out.write_str(text),
            Self::Blob(bytes) => bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}")),
            Self::List(_) | Self::Object(_) => {
                self.write_json(out);
                Ok(())
            }
        };
    }

    /// [`Self::write_text`] into a new string.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write_text(&mut text);
        text
    }

    /// [`Self::write_json`] into a new string.
    pub fn to_json(&self) -> String {
        let mut text = String::new();
        self.write_json(&mut text);
        text
    }
}

fn write_separated<T>(out: &mut String, brackets: [char; 2], items: &[T], mut write: impl FnMut(&T, &mut String)) {
    out.push(brackets[0]);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(brackets[1]);
}

/// Appends `text` as a JSON string; also how map values reach the engine.
pub(crate) fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        // Writing to a String cannot fail.
        let _ = match character {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\u{0}'..='\u{1f}' => write!(out, "\\u{:04x}", u32::from(character)),
            _ => out.write_char(character),
        };
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_json_and_text() {
        let list = Field::List(vec![Field::Int(1), Field::Null, Field::Text("a\"\n".into())]);
        for (field, json, text) in [
            (Field::Null, "null", ""),
            (Field::Int(i128::from(i64::MAX)), "9223372036854775807", "9223372036854775807"),
            (Field::Float(1.0), "1.0", "1.0"),
            (Field::Float(1e300), "1e300", "1e300"),
            (Field::Float(f64::NAN), "null", "NaN"),
            (Field::Decimal("12.340000".into()), "12.340000", "12.340000"),
            (Field::Text("é\u{1}".into()), "\"é\\u0001\"", "é\u{1}"),
            (Field::Blob(vec![0, 255]), "\"00ff\"", "00ff"),
            (Field::Json("{\"a\": 1}".into()), "{\"a\": 1}", "{\"a\": 1}"),
            (list, "[1,null,\"a\\\"\\u000a\"]", "[1,null,\"a\\\"\\u000a\"]"),
            (Field::Object(vec![(String::new(), Field::Bool(true))]), "{\"\":true}", "{\"\":true}"),
        ] {
            assert_eq!((field.to_json().as_str(), field.to_text().as_str()), (json, text));
        }
    }
}
