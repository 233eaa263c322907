//! From the bytes of an answer to records, which stay the JSON text that HaloPSA sent.
//!
//! Lists come in three shapes: a paged envelope, an unpaged one, and a bare array. Nothing here recurses over bytes from outside.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::envelope::{Envelope, Rows};
use crate::error::HaloError;
use crate::error_body;

/// Deepest nesting of an answer, in brackets and braces. HaloPSA's records need about ten.
pub const MAX_DEPTH: usize = 64;

/// Most rows of one answer: an id sweep of 4 million rows fills the largest body.
pub const MAX_ROWS: usize = 4_000_000;

/// Which of HaloPSA's list shapes an answer had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `page_no`, `page_size`, `record_count` and the list.
    Paged,
    /// `record_count` and the list.
    Unpaged,
    /// Just the list.
    Bare,
}

/// One answer of a list.
#[derive(Debug)]
pub struct Page {
    /// All rows that match, not only those here, as far as HaloPSA tells.
    pub record_count: Option<u64>,
    /// The number of this page, from 1.
    pub page_no: Option<u64>,
    /// The page size that HaloPSA really used.
    pub page_size: Option<u64>,
    /// How the list came.
    pub shape: Shape,
    /// The records, each as HaloPSA wrote it.
    pub records: Vec<Box<RawValue>>,
    /// The tick right before the request went out.
    pub asked: i64,
    /// The tick right after the whole answer was here.
    pub answered: i64,
    /// The server's `Date`: microseconds since 1970-01-01 UTC.
    pub server_time_micros: Option<i64>,
}

/// A list without the circumstances of its request.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) record_count: Option<u64>,
    pub(crate) page_no: Option<u64>,
    pub(crate) page_size: Option<u64>,
    pub(crate) shape: Shape,
    pub(crate) records: Vec<Box<RawValue>>,
}

/// Reads a list that should be under `key`, from the answer of `path`.
pub(crate) fn list(body: &[u8], path: &str, key: &str) -> Result<List, HaloError> {
    let text = text(body, path)?;
    if text.starts_with('[') {
        let records = records(text, path)?;
        return Ok(List { record_count: None, page_no: None, page_size: None, shape: Shape::Bare, records });
    }
    let wanted = || HaloError::Unexpected {
        path: path.to_owned(),
        wanted: if key.is_empty() { "list".to_owned() } else { format!("list `{key}`") },
        message: error_body::message(body),
    };
    if !text.starts_with('{') {
        // A number or text: JSON, but no list.
        parse::<IgnoredAny>(text, path)?;
        return Err(wanted());
    }
    let mut envelope: Envelope<'_> = parse(text, path)?;
    let (record_count, page_no, page_size) =
        (envelope.number("record_count"), envelope.number("page_no"), envelope.number("page_size"));
    let shape = if page_no.is_some() || page_size.is_some() { Shape::Paged } else { Shape::Unpaged };
    let records = match envelope.take_list(key) {
        Some(rows) => within_limit(rows, path)?,
        None if envelope.is_empty(key) => Vec::new(),
        None => return Err(wanted()),
    };
    Ok(List { record_count, page_no, page_size, shape, records })
}

/// Reads one record from the answer of `path`: an object, or an array that holds one.
pub(crate) fn record(body: &[u8], path: &str) -> Result<Box<RawValue>, HaloError> {
    let text = text(body, path)?;
    let unexpected = || HaloError::Unexpected {
        path: path.to_owned(),
        wanted: "record".to_owned(),
        message: error_body::message(body),
    };
    if text.starts_with('{') {
        return parse(text, path);
    }
    let mut records = if text.starts_with('[') { records(text, path)? } else { Vec::new() };
    match records.pop() {
        Some(record) if records.is_empty() && record.get().starts_with('{') => Ok(record),
        _ => Err(unexpected()),
    }
}

/// Any JSON of ours, from the answer of `path`.
pub(crate) fn object<'a, T: Deserialize<'a>>(body: &'a [u8], path: &str) -> Result<T, HaloError> {
    parse(text(body, path)?, path)
}

/// The body as text that begins with JSON, shallow enough to read.
fn text<'a>(body: &'a [u8], path: &str) -> Result<&'a str, HaloError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let not_json = |found: String, html: bool| HaloError::NotJson { path: path.to_owned(), found, html, source: None };
    if error_body::looks_like_html(body) {
        let title = error_body::title(body);
        let found = title.map_or_else(|| "an HTML page".to_owned(), |title| format!("an HTML page titled \"{title}\""));
        return Err(not_json(found, true));
    }
    let text = std::str::from_utf8(body)
        .map_err(|error| HaloError::NotUtf8 { path: path.to_owned(), source: Arc::new(error) })?
        .trim_ascii();
    if text.is_empty() {
        return Err(not_json("nothing".to_owned(), false));
    }
    if nests_deeper(text.as_bytes(), MAX_DEPTH) {
        return Err(HaloError::TooDeep { path: path.to_owned(), limit: MAX_DEPTH });
    }
    Ok(text)
}

/// Whether brackets and braces outside of strings nest deeper than `limit`: looked at before anything parses bytes from
/// outside.
pub fn nests_deeper(json: &[u8], limit: usize) -> bool {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'"' => at = string_end(json, at),
            b'[' | b'{' if depth == limit => return true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// The place after the quote that ends a string, or the end of a body that is cut.
fn string_end(json: &[u8], mut at: usize) -> usize {
    while let Some(found) = memchr::memchr2(b'"', b'\\', json.get(at..).unwrap_or_default()) {
        at += found + 1;
        if json[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    json.len()
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str, path: &str) -> Result<T, HaloError> {
    serde_json::from_str(text).map_err(|error| {
        let path = path.to_owned();
        if error.is_eof() {
            HaloError::Truncated { path, received: text.len() as u64, source: Arc::new(error) }
        } else {
            HaloError::NotJson { path, found: "damaged JSON".to_owned(), html: false, source: Some(Arc::new(error)) }
        }
    })
}

fn records(array: &str, path: &str) -> Result<Vec<Box<RawValue>>, HaloError> {
    within_limit(parse(array, path)?, path)
}

fn within_limit(rows: Rows<MAX_ROWS>, path: &str) -> Result<Vec<Box<RawValue>>, HaloError> {
    rows.0.ok_or_else(|| HaloError::TooManyRows { path: path.to_owned(), limit: MAX_ROWS })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> (Shape, Vec<String>, Option<u64>) {
        let list = list(body.as_bytes(), "/Tickets", "tickets").unwrap();
        (list.shape, list.records.iter().map(|record| record.get().to_owned()).collect(), list.record_count)
    }

    fn fails(body: &[u8], words: &str) {
        let error = list(body, "/Tickets", "tickets").unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn the_three_shapes_are_told_apart() {
        let rows = vec![r#"{"id":1}"#.to_owned(), r#"{"id": 2}"#.to_owned()];
        let paged = r#"{"page_no":1,"page_size":50,"record_count":7,"tickets":[{"id":1},{"id": 2}]}"#;
        assert_eq!(read(paged), (Shape::Paged, rows.clone(), Some(7)));
        let unpaged = r#" {"record_count":"2","tickets":[{"id":1}, {"id": 2}]} "#;
        assert_eq!(read(unpaged), (Shape::Unpaged, rows.clone(), Some(2)));
        assert_eq!(read(r#"[{"id":1},{"id": 2}]"#), (Shape::Bare, rows, None));
    }

    #[test]
    fn the_list_is_found_under_other_keys() {
        let row = vec![r#"{"id":1}"#.to_owned()];
        assert_eq!(read(r#"{"record_count":1,"results":[{"id":1}],"columns":[{"a":1}]}"#).1, row);
        assert_eq!(read(r#"{"record_count":1,"faults":[{"id":1}],"ids":[1]}"#).1, row);
        assert_eq!(read(r#"{"record_count":1,"tickets":[],"tickets":[{"id":1}]}"#).1, row);
        assert_eq!(read(r#"{"record_count":0,"tickets":null}"#).1, Vec::<String>::new());
        assert_eq!(read("\u{feff}[]").1, Vec::<String>::new());
    }

    #[test]
    fn what_holds_no_list_is_an_error_that_quotes_halo() {
        fails(br#"{"Message":"Object reference not set"}"#, "no list `tickets`: Object reference not set");
        fails(br#"{"record_count":3,"tickets":null}"#, "no list `tickets`");
        fails(br#"{"a":[{"id":1}],"b":[{"id":2}]}"#, "no list `tickets`");
        fails(br#""just text""#, "no list `tickets`: just text");
        fails(b"12", "no list `tickets`");
    }

    #[test]
    fn damaged_bodies_are_clear_errors() {
        fails(b"", "answered nothing instead of JSON");
        fails(b"<!doctype html><title>Log in</title>", "an HTML page titled \"Log in\"");
        fails(br#"{"record_count":1,"tickets":[{"id":1"#, "ended early");
        fails(br#"[{"id":1},"#, "ended early");
        fails(br#"[{"id":1]}"#, "damaged JSON");
        fails(br#"[] trailing"#, "damaged JSON");
        fails(b"[{\"id\":\"\xff\"}]", "not UTF-8");
        fails(b"\xff\xfe[\0]\0", "not UTF-8");
        fails(&b"[".repeat(10_000), "nests deeper than 64 levels");
        fails(&br#"{"a":"#.repeat(10_000), "nests deeper than 64 levels");
    }

    #[test]
    fn brackets_in_texts_are_no_nesting() {
        let text = "[{".repeat(500);
        let body = format!(r#"[{{"note":"\"{text}\\"}}]"#);
        assert_eq!(read(&body).1.len(), 1);
    }

    #[test]
    fn a_single_record_is_an_object_or_an_array_of_one() {
        let read = |body: &str| record(body.as_bytes(), "/Tickets/1").map(|record| record.get().to_owned());
        assert_eq!(read(r#"{"id":1}"#).unwrap(), r#"{"id":1}"#);
        assert_eq!(read(r#"[{"id":1}]"#).unwrap(), r#"{"id":1}"#);
        for none in ["[]", "[{},{}]", "3", "[1]"] {
            assert!(read(none).unwrap_err().to_string().contains("no record"), "{none}");
        }
    }
}
