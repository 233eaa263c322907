//! The fields of an entity's records by name, and what each is for.
//!
//! Records of one list name their fields in the same order, so each field is first looked for where it followed last time.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use halo_client::entities::Kind;
use serde::de::{Deserialize, Deserializer, Visitor};

/// Most names that are remembered beyond those an entity knows. HaloPSA's records have at most some hundred.
const MOST_LEARNT: usize = 1_000;

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A column: its place in the row, and what it holds.
    Column(usize, Kind),
    /// The rows of the child table.
    Lines,
    /// Nothing.
    Ignored,
    /// Nothing, and not even the raw record keeps it.
    Secret,
    /// May become a column.
    Unknown,
}

/// See the module.
#[derive(Clone)]
pub struct Fields {
    known: Vec<(Box<str>, Use)>,
    places: HashMap<Box<str>, usize>,
    /// Place of the field that followed last time, by place.
    after: Vec<usize>,
    /// Place of the field before; none at the start of a record.
    at: Option<usize>,
    /// Most names.
    room: usize,
}

impl Fields {
    /// These fields.
    pub fn new(known: Vec<(Box<str>, Use)>) -> Self {
        let places = known.iter().enumerate().map(|(place, (name, _))| (name.clone(), place)).collect();
        let after = (1..=known.len()).collect();
        let room = known.len() + MOST_LEARNT;
        Self { known, places, after, at: None, room }
    }

    /// A record begins.
    pub fn begin(&mut self) {
        self.at = None;
    }

    /// What the next field is for. A name that is new here is judged once.
    pub fn find(&mut self, name: &str, judge: impl FnOnce(&str) -> Use) -> Use {
        // A record mostly begins with the first one known.
        let guess = self.at.map_or(0, |at| self.after[at]);
        if let Some((known, what)) = self.known.get(guess)
            && **known == *name
        {
            self.at = Some(guess);
            return *what;
        }
        let place = match self.places.get(name) {
            Some(place) => *place,
            None => {
                let what = judge(name);
                if self.known.len() >= self.room {
                    return what;
                }
                self.known.push((name.into(), what));
                self.places.insert(name.into(), self.known.len() - 1);
                self.after.push(self.known.len());
                self.known.len() - 1
            }
        };
        if let Some(at) = self.at {
            self.after[at] = place;
        }
        self.at = Some(place);
        self.known[place].1
    }
}

/// A field's name, borrowed from the record wherever nothing in it is escaped.
#[derive(Debug)]
pub struct Name<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor).map(Self)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_in_any_order_and_new_ones_judged_once() {
        let mut fields = Fields::new(vec![("id".into(), Use::Lines), ("name".into(), Use::Ignored)]);
        let mut judged = Vec::new();
        for record in [["id", "name", "new"], ["id", "new", "name"], ["new", "name", "id"], ["id", "id", "new"]] {
            fields.begin();
            for name in record {
                let what = fields.find(name, |name| {
                    judged.push(name.to_owned());
                    Use::Unknown
                });
                let expected = match name {
                    "id" => Use::Lines,
                    "name" => Use::Ignored,
                    _ => Use::Unknown,
                };
                assert_eq!(what, expected, "{name} of {record:?}");
            }
        }
        assert_eq!(judged, ["new"]);
    }

    #[test]
    fn names_from_outside_take_bounded_room() {
        let mut fields = Fields::new(Vec::new());
        for number in 0..3 * MOST_LEARNT {
            fields.begin();
            assert_eq!(fields.find(&number.to_string(), |_| Use::Unknown), Use::Unknown);
        }
        assert_eq!(fields.known.len(), MOST_LEARNT);
    }
}
