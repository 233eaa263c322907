//! A record as HaloPSA sent it into a row of its table.

use std::collections::HashMap;
use std::fmt;

use halo_client::entities::{Entity, Kind};
use serde::de::{Deserialize, Deserializer as _, MapAccess, Visitor};
use serde::ser::{SerializeMap as _, Serializer as _};
use serde_json::value::RawValue;
use warehouse::{Answer, Cell, Key, Row};

use super::fields::{Fields, Name, Use};
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
    fields: Fields,
    /// Names of all columns.
    columns: Vec<Box<str>>,
    /// Place and kind of each part of the key.
    key: Vec<(usize, Kind)>,
    child: HashMap<&'static str, (usize, Kind)>,
    full: bool,
}

/// Names and values of an object, as they came.
struct Members<'a>(Vec<(Name<'a>, &'a RawValue)>);

impl Decoder {
    /// A decoder for rows of [`super::tables::table`] with the same extras.
    pub fn new(entity: &'static Entity, extras: &Extras) -> Self {
        let own = entity.columns.iter().map(|column| (Box::from(column.name), column.kind));
        let extra = extras.iter().map(|(name, extra)| (name.as_str().into(), extra.kind()));
        let columns: Vec<(Box<str>, Kind)> = own.chain(extra).collect();
        let key = entity.key.iter().map(|part| {
            let place = columns.iter().position(|(name, _)| **name == **part).expect("the key is among the columns");
            (place, columns[place].1)
        });
        let of_columns =
            columns.iter().enumerate().map(|(place, (name, kind))| (name.clone(), Use::Column(place, *kind)));
        let lines = entity.child.iter().map(|child| (child.field.into(), Use::Lines));
        let child = entity.child.iter().flat_map(|child| child.columns.iter().enumerate());
        Self {
            entity,
            key: key.collect(),
            fields: Fields::new(of_columns.chain(lines).collect()),
            // Place 0 of a child's row is its parent's key, which the engine fills in.
            child: child.map(|(place, column)| (column.name, (place + 1, column.kind))).collect(),
            full: extras.len() >= MOST_EXTRAS,
            columns: columns.into_iter().map(|(name, _)| name).collect(),
        }
    }

    /// Whether a field of this name goes into the row.
    pub fn keeps(&self, name: &str) -> bool {
        self.columns.iter().any(|column| **column == *name)
            || self.entity.child.as_ref().is_some_and(|it| it.field == name)
    }

    /// What its records name; kept by who reads many of them.
    pub fn fields(&self) -> Fields {
        self.fields.clone()
    }

    /// Reads one record.
    pub fn decode(&self, raw: &RawValue, answer: Answer, fields: &mut Fields) -> Decoded {
        let mut record = Record {
            decoder: self,
            cells: std::iter::repeat_with(|| Cell::Null).take(self.columns.len()).collect(),
            children: vec![Vec::new(); usize::from(self.entity.child.is_some())],
            decoded: Decoded { row: None, oddities: Vec::new(), unknown: Vec::new() },
            has_secrets: false,
        };
        fields.begin();
        let read = serde_json::Deserializer::from_str(raw.get()).deserialize_map(Reader(&mut record, fields));
        let Record { cells, children, mut decoded, has_secrets, .. } = record;
        if read.is_err() {
            return Decoded { row: None, oddities: vec![oddity(self.entity.key[0], raw)], unknown: Vec::new() };
        }
        let nameless = self.key.iter().position(|(place, _)| matches!(cells[*place], Cell::Null));
        if let Some(part) = nameless {
            decoded.oddities.push(oddity(self.entity.key[part], raw));
            return decoded;
        }
        if !decoded.oddities.is_empty() {
            let parts: Vec<String> = self.key.iter().filter_map(|(place, _)| key_text(&cells[*place])).collect();
            decoded.oddities.iter_mut().for_each(|oddity| oddity.record = parts.join("/"));
        }
        let raw = if has_secrets { without_secrets(raw) } else { raw.get().into() };
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
        let members: Members<'_> = serde_json::from_str(text).ok()?;
        match self.entity.key {
            [part] => self.key_of(members.get(part)?),
            parts => {
                let number = |part: &&str| match values::cell(Kind::Int, members.get(part)?) {
                    Ok(Cell::Int(number)) => Some(number),
                    _ => None,
                };
                Some(Key::Pair(number(&parts[0])?, number(&parts[1])?))
            }
        }
    }

    fn key_of(&self, value: &RawValue) -> Option<Key> {
        match values::cell(self.key[0].1, value) {
            Ok(Cell::Int(id)) => Some(Key::Int(id)),
            Ok(Cell::Text(id)) => Some(Key::Text(id)),
            _ => None,
        }
    }

    fn lines(&self, value: &RawValue, oddities: &mut Vec<Oddity>) -> Result<Vec<Vec<Cell>>, Misfit> {
        let lines: Option<Vec<Members<'_>>> = serde_json::from_str(value.get()).map_err(|_| Misfit)?;
        Ok(lines.unwrap_or_default().into_iter().map(|members| self.line(&members, oddities)).collect())
    }

    fn line(&self, members: &Members<'_>, oddities: &mut Vec<Oddity>) -> Vec<Cell> {
        let mut cells = vec![Cell::Null; self.child.len() + 1];
        for (Name(name), value) in &members.0 {
            let Some((place, kind)) = self.child.get(name.as_ref()) else { continue };
            cells[*place] = values::cell(*kind, value).unwrap_or_else(|Misfit| {
                oddities.push(oddity(name, value));
                Cell::Null
            });
        }
        cells
    }

    /// What a field is for that is no column.
    fn judge(&self, name: &str) -> Use {
        let is = |own: &&str| name.eq_ignore_ascii_case(own);
        let reserved = name.is_empty() || name.contains('\0') || name.len() > LONGEST_NAME || RESERVED.iter().any(is);
        let twin = || self.columns.iter().any(|column| column.eq_ignore_ascii_case(name));
        if is_secret(name) {
            Use::Secret
        } else if self.full || reserved || self.entity.ignored.contains(&name) || twin() {
            Use::Ignored
        } else {
            Use::Unknown
        }
    }
}

/// One record on its way into a row.
struct Record<'d> {
    decoder: &'d Decoder,
    cells: Vec<Cell>,
    children: Vec<Vec<Vec<Cell>>>,
    decoded: Decoded,
    has_secrets: bool,
}

impl Record<'_> {
    /// Of a name that comes twice the last one counts.
    fn take(&mut self, name: &str, what: Use, value: &RawValue) {
        match what {
            Use::Column(place, kind) => {
                self.cells[place] = values::cell(kind, value).unwrap_or_else(|Misfit| {
                    self.decoded.oddities.push(oddity(name, value));
                    Cell::Null
                });
            }
            Use::Lines => {
                self.children[0] = self.decoder.lines(value, &mut self.decoded.oddities).unwrap_or_else(|Misfit| {
                    self.decoded.oddities.push(oddity(name, value));
                    Vec::new()
                });
            }
            Use::Ignored => {}
            Use::Secret => self.has_secrets = true,
            Use::Unknown => self.decoded.unknown.extend(kind_of(name, value).map(|extra| (name.to_owned(), extra))),
        }
    }
}

struct Reader<'r, 'd>(&'r mut Record<'d>, &'r mut Fields);

impl<'de> Visitor<'de> for Reader<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self(record, fields) = self;
        while let Some((Name(name), value)) = members.next_entry::<Name<'de>, &'de RawValue>()? {
            let what = fields.find(&name, |name| record.decoder.judge(name));
            record.take(&name, what, value);
        }
        Ok(())
    }
}

impl<'a> Members<'a> {
    fn get(&self, wanted: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(Name(name), _)| name == wanted).map(|(_, value)| *value)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Vec<(Name<'de>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(member) = members.next_entry()? {
                    all.push(member);
                }
                Ok(all)
            }
        }
        deserializer.deserialize_map(All).map(Members)
    }
}

/// The column that a field becomes, by its first value.
fn kind_of(name: &str, value: &RawValue) -> Option<Extra> {
    Some(match value.get().as_bytes().first()? {
        b'n' => return None,
        b't' | b'f' => Extra::Bool,
        b'"' => Extra::Text,
        b'{' | b'[' => Extra::Json,
        _ if name.ends_with("_id") || name == "id" => Extra::Int,
        _ => Extra::Number,
    })
}

/// Parts of names of fields that hold passwords and keys of other systems: some lists carry them, nothing needs them.
const SECRETS: [&str; 4] = ["password", "secret", "apikey", "api_key"];

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRETS.iter().any(|secret| name.contains(secret))
}

/// Names of columns that the warehouse adds, and those that it has no room for (`warehouse`: `engine/ensure.rs`).
const RESERVED: [&str; 16] = [
    "deleted_at",
    "_asked",
    "_answered",
    "_fingerprint",
    "_narrow",
    "_raw_hash",
    "_provisional",
    "row_id",
    "begin_snapshot",
    "end_snapshot",
    "tableoid",
    "xmin",
    "cmin",
    "xmax",
    "cmax",
    "ctid",
];

/// The record's JSON as it came, less the fields that hold secrets.
fn without_secrets(raw: &RawValue) -> Box<str> {
    let members: Members<'_> = serde_json::from_str(raw.get()).expect("it was read once");
    let mut kept = Vec::new();
    let mut writer = serde_json::Serializer::new(&mut kept);
    let mut object = writer.serialize_map(None).expect("memory can be written to");
    for (Name(name), value) in members.0.iter().filter(|(Name(name), _)| !is_secret(name)) {
        object.serialize_entry(name, value).expect("a name and JSON become JSON");
    }
    object.end().expect("memory can be written to");
    String::from_utf8(kept).expect("JSON is UTF-8").into()
}

fn key_text(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Int(id) => Some(id.to_string()),
        Cell::Text(id) => Some(id.chars().take(64).collect()),
        _ => None,
    }
}

fn oddity(column: &str, value: &RawValue) -> Oddity {
    let value = value.get().chars().take(80).collect();
    Oddity { column: column.to_owned(), record: String::new(), value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(entity: &str, json: &str) -> Decoded {
        let entity = halo_client::entities::find(entity).unwrap();
        let raw = RawValue::from_string(json.to_owned()).unwrap();
        let decoder = Decoder::new(entity, &Extras::new());
        decoder.decode(&raw, Answer { asked: 1, answered: 2 }, &mut decoder.fields())
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
        let json = r#"{"id":1,"new_id":4,"ratio":1.5,"note":"x","flag":false,"list":[],"none":null,"use":"site","ID":2,"Xmin":3}"#;
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
    fn of_a_name_that_comes_twice_the_last_value_counts() {
        let row = decode("sites", r#"{"id":1,"name":"A","name":"B","id":2}"#).row.unwrap();
        assert_eq!(row.cells[..2], [Cell::Int(2), Cell::Text("B".into())]);
        let gone = decode("sites", r#"{"id":1,"sla_id":3,"sla_id":"soon"}"#);
        assert!(!gone.row.unwrap().cells.contains(&Cell::Int(3)));
        assert_eq!(gone.oddities[0].record, "1");
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
