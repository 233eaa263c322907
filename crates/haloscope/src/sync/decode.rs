//! A record as HaloPSA sent it into a row of its table.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use halo_client::entities::{Entity, Kind};
use serde::Deserialize;
use serde_json::value::RawValue;
use warehouse::{Answer, Cell, Key, Row};

use super::tables::{Extra, Extras};
use super::values::{self, Misfit};

/// Extra columns of one entity; more fields than that are not kept as columns.
const MOST_EXTRAS: usize = 400;
/// Longest name of a field that becomes a column.
const LONGEST_NAME: usize = 128;

/// A value that could not be kept in its column. The record's raw JSON still has it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Oddity {
    /// Column, or the key's column when the whole record could not be kept.
    pub column: String,
    /// Key of the record as text; empty when it has none.
    pub record: String,
    /// The value, cut.
    pub value: String,
}

/// What became of one record.
pub struct Decoded {
    /// The row; `None` when the record has no usable key.
    pub row: Option<Row>,
    /// Values that did not fit.
    pub oddities: Vec<Oddity>,
    /// Fields that are not columns yet.
    pub unknown: Vec<(String, Extra)>,
}

/// Reads records of one entity.
pub struct Decoder {
    entity: &'static Entity,
    /// Position and kind of each column, by the field's name.
    columns: HashMap<Cow<'static, str>, (usize, Kind)>,
    width: usize,
    child: HashMap<&'static str, (usize, Kind)>,
    full: bool,
}

/// The fields of a record in the order in which they came. Of a name that comes twice the last one counts.
#[derive(Deserialize)]
#[serde(transparent)]
struct Fields<'a>(#[serde(borrow)] BTreeMap<Cow<'a, str>, &'a RawValue>);

impl Decoder {
    /// A decoder for rows of [`super::tables::table`] with the same extras.
    pub fn new(entity: &'static Entity, extras: &Extras) -> Self {
        let own = entity.columns.iter().map(|column| (Cow::Borrowed(column.name), column.kind));
        let extra = extras.iter().map(|(name, extra)| (Cow::Owned(name.clone()), extra.kind()));
        let columns: HashMap<_, _> =
            own.chain(extra).enumerate().map(|(place, (name, kind))| (name, (place, kind))).collect();
        let child = entity.child.iter().flat_map(|child| child.columns.iter().enumerate());
        Self {
            entity,
            width: columns.len(),
            columns,
            // Place 0 of a child's row is its parent's key, which the engine fills in.
            child: child.map(|(place, column)| (column.name, (place + 1, column.kind))).collect(),
            full: extras.len() >= MOST_EXTRAS,
        }
    }

    /// Reads one record.
    pub fn decode(&self, raw: &RawValue, answer: Answer) -> Decoded {
        let mut decoded = Decoded { row: None, oddities: Vec::new(), unknown: Vec::new() };
        let Ok(Fields(fields)) = serde_json::from_str::<Fields<'_>>(raw.get()) else {
            decoded.oddities.push(oddity(self.entity.key[0], "", raw));
            return decoded;
        };
        let record = self.name(&fields);
        let mut cells = vec![Cell::Null; self.width];
        let mut children = vec![Vec::new(); usize::from(self.entity.child.is_some())];
        for (name, value) in &fields {
            match self.columns.get(name.as_ref()) {
                Some((place, kind)) => match values::cell(*kind, value) {
                    Ok(cell) => cells[*place] = cell,
                    Err(Misfit) => decoded.oddities.push(oddity(name, &record, value)),
                },
                None => match &self.entity.child {
                    Some(child) if child.field == name.as_ref() => match self.lines(value, &mut decoded, &record) {
                        Ok(lines) => children[0] = lines,
                        Err(Misfit) => decoded.oddities.push(oddity(name, &record, value)),
                    },
                    _ => decoded.unknown.extend(self.unknown(name, value)),
                },
            }
        }
        let nameless = |part: &&&str| matches!(cells[self.columns[**part].0], Cell::Null);
        if let Some(part) = self.entity.key.iter().find(nameless) {
            decoded.oddities.push(oddity(part, "", raw));
            return decoded;
        }
        let raw = without_secrets(raw, &fields);
        decoded.row = Some(Row { cells, children, raw, answer, deleted_at: None, narrow: false });
        decoded
    }

    /// The key of a record, without the rest of it.
    pub fn key(&self, raw: &RawValue) -> Option<Key> {
        // An id sweep may answer bare ids instead of objects.
        let text = raw.get();
        if !text.starts_with('{') {
            return self.key_of(raw);
        }
        let Fields(fields) = serde_json::from_str(text).ok()?;
        match self.entity.key {
            [_] => self.key_of(fields.get(self.entity.key[0])?),
            parts => {
                let number = |part: &&str| match values::cell(Kind::Int, fields.get(*part)?) {
                    Ok(Cell::Int(number)) => Some(number),
                    _ => None,
                };
                Some(Key::Pair(number(&parts[0])?, number(&parts[1])?))
            }
        }
    }

    fn key_of(&self, value: &RawValue) -> Option<Key> {
        match values::cell(self.columns[self.entity.key[0]].1, value) {
            Ok(Cell::Int(id)) => Some(Key::Int(id)),
            Ok(Cell::Text(id)) => Some(Key::Text(id)),
            _ => None,
        }
    }

    /// The record's key as text, for messages.
    fn name(&self, fields: &BTreeMap<Cow<'_, str>, &RawValue>) -> String {
        let parts = self.entity.key.iter().filter_map(|part| fields.get(*part).and_then(|value| key_text(value)));
        parts.collect::<Vec<_>>().join("/")
    }

    fn lines(&self, value: &RawValue, decoded: &mut Decoded, record: &str) -> Result<Vec<Vec<Cell>>, Misfit> {
        let lines: Option<Vec<Fields<'_>>> = serde_json::from_str(value.get()).map_err(|_| Misfit)?;
        Ok(lines.unwrap_or_default().into_iter().map(|Fields(fields)| self.line(&fields, decoded, record)).collect())
    }

    fn line(&self, fields: &BTreeMap<Cow<'_, str>, &RawValue>, decoded: &mut Decoded, record: &str) -> Vec<Cell> {
        let mut cells = vec![Cell::Null; self.child.len() + 1];
        for (name, value) in fields {
            let Some((place, kind)) = self.child.get(name.as_ref()) else { continue };
            match values::cell(*kind, value) {
                Ok(cell) => cells[*place] = cell,
                Err(Misfit) => decoded.oddities.push(oddity(name, record, value)),
            }
        }
        cells
    }

    /// A field that should become a column: not ignored, with a value, under a name that can be one.
    fn unknown(&self, name: &str, value: &RawValue) -> Option<(String, Extra)> {
        let reserved = name.is_empty()
            || name.contains('\0')
            || name.len() > LONGEST_NAME
            || name.eq_ignore_ascii_case("deleted_at");
        let bookkeeping = ["_asked", "_answered", "_fingerprint", "_narrow", "_raw_hash"]
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own));
        let twin = || self.columns.keys().any(|column| column.eq_ignore_ascii_case(name));
        if self.full || reserved || bookkeeping || is_secret(name) || self.entity.ignored.contains(&name) || twin() {
            return None;
        }
        let extra = match value.get().as_bytes().first()? {
            b'n' => return None,
            b't' | b'f' => Extra::Bool,
            b'"' => Extra::Text,
            b'{' | b'[' => Extra::Json,
            _ if name.ends_with("_id") || name == "id" => Extra::Int,
            _ => Extra::Number,
        };
        Some((name.to_owned(), extra))
    }
}

/// Parts of names of fields that hold passwords and keys of other systems: some lists carry them, nothing needs them.
const SECRETS: [&str; 4] = ["password", "secret", "apikey", "api_key"];

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRETS.iter().any(|secret| name.contains(secret))
}

/// The record's JSON as it came, less the fields that hold secrets.
fn without_secrets(raw: &RawValue, fields: &BTreeMap<Cow<'_, str>, &RawValue>) -> Box<str> {
    if !fields.keys().any(|name| is_secret(name)) {
        return raw.get().into();
    }
    let kept: BTreeMap<&str, &RawValue> =
        fields.iter().filter(|(name, _)| !is_secret(name)).map(|(name, value)| (name.as_ref(), *value)).collect();
    serde_json::to_string(&kept).expect("names and JSON become JSON").into()
}

fn key_text(value: &RawValue) -> Option<String> {
    let text = value.get().trim_matches('"');
    (text != "null").then(|| text.chars().take(64).collect())
}

fn oddity(column: &str, record: &str, value: &RawValue) -> Oddity {
    let value = value.get().chars().take(80).collect();
    Oddity { column: column.to_owned(), record: record.to_owned(), value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(entity: &str, json: &str) -> Decoded {
        let entity = halo_client::entities::find(entity).unwrap();
        let raw = RawValue::from_string(json.to_owned()).unwrap();
        Decoder::new(entity, &Extras::new()).decode(&raw, Answer { asked: 1, answered: 2 })
    }

    #[test]
    fn a_value_that_does_not_fit_keeps_the_row_and_is_reported() {
        let decoded = decode("sites", r#"{"id":18,"name":"Main","client_id":12.0,"sla_id":"soon"}"#);
        let row = decoded.row.unwrap();
        assert_eq!(row.cells[..3], [Cell::Int(18), Cell::Text("Main".into()), Cell::Int(12)]);
        let expected = Oddity { column: "sla_id".into(), record: "18".into(), value: "\"soon\"".into() };
        assert_eq!(decoded.oddities, [expected]);
    }

    #[test]
    fn new_fields_are_named_with_what_they_hold() {
        let json =
            r#"{"id":1,"new_id":4,"ratio":1.5,"note":"x","flag":false,"list":[],"none":null,"use":"site","ID":2}"#;
        let decoded = decode("sites", json);
        let mut names: Vec<_> = decoded.unknown.iter().map(|(name, extra)| (name.as_str(), *extra)).collect();
        names.sort_by_key(|(name, _)| *name);
        let expected = [
            ("flag", Extra::Bool),
            ("list", Extra::Json),
            ("new_id", Extra::Int),
            ("note", Extra::Text),
            ("ratio", Extra::Number),
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_record_without_key_is_reported_not_kept() {
        for json in [r#"{"name":"Main"}"#, r#"{"id":"x"}"#, "[1]", "null", r#"{"id":null}"#] {
            let decoded = decode("sites", json);
            assert!(decoded.row.is_none() && !decoded.oddities.is_empty(), "{json}");
        }
    }

    #[test]
    fn two_columns_name_a_record_that_counts_within_another() {
        let decoded = decode("lookups", r#"{"id":3,"lookupid":22.0,"name":"Email"}"#);
        assert!(decoded.row.is_some() && decoded.oddities.is_empty());
        let nameless = decode("lookups", r#"{"id":3,"name":"Email"}"#);
        assert!(nameless.row.is_none());
        assert_eq!(nameless.oddities[0].column, "lookupid");
    }

    #[test]
    fn secrets_are_kept_nowhere() {
        let json =
            r#"{"id":1,"name":"Acme","portal_password":"hunter2","API_Access_ClientSecret":"s3cret","note":"x"}"#;
        let decoded = decode("suppliers", json);
        assert_eq!(decoded.unknown.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["note"]);
        assert_eq!(&*decoded.row.unwrap().raw, r#"{"id":1,"name":"Acme","note":"x"}"#);
    }

    #[test]
    fn lines_come_with_their_invoice() {
        let decoded =
            decode("invoices", r#"{"id":880,"total":1.5,"lines":[{"id":1,"net_amount":"2.25","odd":1},{"id":2}]}"#);
        let row = decoded.row.unwrap();
        assert_eq!(row.children[0].len(), 2);
        assert_eq!(row.children[0][0][..2], [Cell::Null, Cell::Int(1)]);
        assert!(row.children[0][0].contains(&Cell::Decimal(2_250_000)));
        assert!(decode("invoices", r#"{"id":880,"lines":null}"#).oddities.is_empty());
        assert_eq!(decode("invoices", r#"{"id":880,"lines":{}}"#).oddities.len(), 1);
    }
}
