//! One value of one field, and how it is spelt in JSON.
//!
//! The tables of [`crate::entity`] give values; only this file knows how they look on the wire and how
//! the spelling traps bend them.

use std::borrow::Cow;
use std::io::Write as _;

use crate::times::{self, EMPTY, Ms};

/// What a field holds, before it is spelt.
pub(crate) enum V<'a> {
    /// The key is left out.
    Absent,
    Null,
    Int(i64),
    Num(f64),
    Bool(bool),
    Text(Cow<'a, str>),
    /// A moment.
    Date(Ms),
    /// A calendar day of the provider, kept as midnight.
    Day(Ms),
    /// JSON that is already written.
    Raw(Vec<u8>),
}

impl<'a> V<'a> {
    pub(crate) fn text(text: &'a str) -> Self {
        V::Text(Cow::Borrowed(text))
    }

    pub(crate) fn owned(text: String) -> Self {
        V::Text(Cow::Owned(text))
    }

    pub(crate) fn id(id: i32) -> Self {
        V::Int(i64::from(id))
    }
}

/// Which text stands for a date that was never set.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sentinel {
    #[default]
    Year1900,
    /// Turns through all that were ever seen, by record and field.
    Mixed,
}

/// How values are spelt. The default is what HaloPSA normally does; traps change it.
#[derive(Clone, Default)]
pub(crate) struct Style {
    pub(crate) sentinel: Sentinel,
    /// Times end in `Z`.
    pub(crate) zulu: bool,
    /// Every `*_id` is written as a decimal.
    pub(crate) decimal_ids: bool,
    /// Numbers of these fields are written as text; `*` is all of them.
    pub(crate) numbers_as_text: Vec<String>,
    /// These fields are left out in every n-th record.
    pub(crate) absent: Vec<String>,
    pub(crate) absent_every: i64,
    /// This field holds text instead, in every n-th record.
    pub(crate) retyped: Vec<String>,
    pub(crate) retyped_every: i64,
    /// Calendar days are written as the UTC moment of midnight this far east of Greenwich.
    pub(crate) midnight_east: Option<Ms>,
    /// Some fields have the names that writes and webhooks use, see [`DRIFTED`].
    pub(crate) drift: bool,
}

/// Fields whose names in writes and webhooks differ from those in lists.
///
/// Source: S8 of the sources in `docs/halo-facts.md`; its receiver reads them so.
const DRIFTED: [(&str, &str); 7] = [
    ("last_update", "lastupdate"),
    ("category_1", "category1"),
    ("category_2", "category2"),
    ("category_3", "category3"),
    ("category_4", "category4"),
    ("user_email", "useremail"),
    ("estimatedays", "estimateddays"),
];

fn drifted(name: &str) -> &str {
    DRIFTED.iter().find(|(listed, _)| *listed == name).map_or(name, |(_, written)| written)
}

const SENTINELS: [&str; 4] =
    ["1900-01-01T00:00:00", "0001-01-01T00:00:00", "1899-12-30T00:00:00", "1970-01-01T00:00:00"];

/// Writes one JSON object, member by member, into a buffer.
pub(crate) struct Object<'b, 's> {
    buffer: &'b mut Vec<u8>,
    style: &'s Style,
    /// The record's number: traps that hit every n-th record go by it.
    record: i64,
    first: bool,
}

impl<'b, 's> Object<'b, 's> {
    pub(crate) fn open(buffer: &'b mut Vec<u8>, style: &'s Style, record: i64) -> Self {
        buffer.push(b'{');
        Self { buffer, style, record, first: true }
    }

    pub(crate) fn close(self) {
        self.buffer.push(b'}');
    }

    pub(crate) fn member(&mut self, name: &str, value: &V<'_>) {
        let hit = |names: &[String], every: i64| {
            names.iter().any(|entry| entry == name) && self.record.rem_euclid(every.max(1)) == 0
        };
        if matches!(value, V::Absent) || hit(&self.style.absent, self.style.absent_every) {
            return;
        }
        if !std::mem::take(&mut self.first) {
            self.buffer.push(b',');
        }
        write_text(self.buffer, if self.style.drift { drifted(name) } else { name });
        self.buffer.push(b':');
        if hit(&self.style.retyped, self.style.retyped_every) {
            self.buffer.extend_from_slice(b"\"not a number\"");
        } else {
            self.spell(name, value);
        }
    }

    fn spell(&mut self, name: &str, value: &V<'_>) {
        let style = self.style;
        let as_text = style.numbers_as_text.iter().any(|entry| entry == name || entry == "*");
        match value {
            V::Absent | V::Null => self.buffer.extend_from_slice(b"null"),
            V::Int(number) if as_text => write_shown(self.buffer, format_args!("\"{number}\"")),
            V::Int(number) if style.decimal_ids && (name == "id" || name.ends_with("_id")) => {
                write_shown(self.buffer, format_args!("{number}.0"));
            }
            V::Int(number) => write_shown(self.buffer, format_args!("{number}")),
            V::Num(number) if as_text => write_shown(self.buffer, format_args!("\"{number:?}\"")),
            V::Num(number) => write_shown(self.buffer, format_args!("{number:?}")),
            V::Bool(flag) => write_shown(self.buffer, format_args!("{flag}")),
            V::Text(text) => write_text(self.buffer, text),
            V::Raw(json) => self.buffer.extend_from_slice(json),
            V::Date(at) if *at == EMPTY => self.sentinel(name),
            V::Day(at) if *at == EMPTY => self.sentinel(name),
            V::Date(at) => self.date(*at),
            V::Day(at) => {
                let shown = match style.midnight_east {
                    Some(east) => *at - east - times::london_offset(*at),
                    None => *at,
                };
                self.date(shown);
            }
        }
    }

    fn sentinel(&mut self, name: &str) {
        let turn = match self.style.sentinel {
            Sentinel::Year1900 => 0,
            Sentinel::Mixed => (self.record.unsigned_abs() + name.len() as u64) % 4,
        };
        let text = SENTINELS[usize::try_from(turn).unwrap_or_default()];
        write_shown(self.buffer, format_args!("\"{text}{}\"", if self.style.zulu { "Z" } else { "" }));
    }

    fn date(&mut self, at: Ms) {
        self.buffer.push(b'"');
        times::write_naive(self.buffer, at);
        if self.style.zulu {
            self.buffer.push(b'Z');
        }
        self.buffer.push(b'"');
    }
}

/// Writes a JSON array of objects; `each` fills one of them.
pub(crate) fn array<T>(
    style: &Style,
    items: impl IntoIterator<Item = T>,
    mut each: impl FnMut(&mut Object<'_, '_>, T),
) -> Vec<u8> {
    let mut buffer = vec![b'['];
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            buffer.push(b',');
        }
        let mut object = Object::open(&mut buffer, style, i64::try_from(index).unwrap_or_default());
        each(&mut object, item);
        object.close();
    }
    buffer.push(b']');
    buffer
}

fn write_shown(buffer: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    buffer.write_fmt(text).expect("a vector takes every byte");
}

/// Writes a JSON string.
pub(crate) fn write_text(buffer: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        buffer.push(b'"');
        buffer.extend_from_slice(text.as_bytes());
        buffer.push(b'"');
    } else {
        serde_json::to_writer(buffer, text).expect("a string is always JSON");
    }
}

/// What rows are sorted by when a client names a field.
#[derive(PartialEq, PartialOrd)]
pub(crate) enum SortKey {
    Nothing,
    Number(f64),
    Text(String),
}

impl From<V<'_>> for SortKey {
    fn from(value: V<'_>) -> Self {
        match value {
            V::Absent | V::Null | V::Raw(_) => SortKey::Nothing,
            V::Int(number) | V::Date(number) | V::Day(number) => SortKey::Number(number as f64),
            V::Num(number) => SortKey::Number(number),
            V::Bool(flag) => SortKey::Number(f64::from(u8::from(flag))),
            V::Text(text) => SortKey::Text(text.to_lowercase()),
        }
    }
}
