//! The pieces of an answer that are read without building it as a whole: the members of an envelope, and the rows of a list.
//!
//! A body of many tiny values would take many times its size as values of their own, so both have a cap.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::decode::MAX_ROWS;

/// Most members of an envelope that are looked at. HaloPSA sends fewer than ten.
const MAX_MEMBERS: usize = 1000;

/// The members of an envelope in order. A key may come twice: the last one counts.
pub(crate) struct Envelope<'a>(Vec<(String, Member<'a>)>);

/// One member: lists are taken apart at once, so that the body is read only once.
enum Member<'a> {
    Scalar(Cow<'a, str>),
    Null,
    Object,
    List(Rows<MAX_ROWS>),
}

impl Envelope<'_> {
    fn get(&self, key: &str) -> Option<&Member<'_>> {
        self.0.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }

    /// A count, also when it is written as text or as `12.0`.
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        let Member::Scalar(text) = self.get(key)? else { return None };
        let text = text.trim();
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        fraction.bytes().all(|digit| digit == b'0').then(|| whole.parse().ok())?
    }

    /// Takes the array under `key`, else under `results`, else the only array of objects: list keys differ between versions
    /// of HaloPSA.
    pub(crate) fn take_list(&mut self, key: &str) -> Option<Rows<MAX_ROWS>> {
        let named = |wanted: &str| {
            let place = self.0.iter().rposition(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
            matches!(self.0[place].1, Member::List(_)).then_some(place)
        };
        let place = named(key).or_else(|| named("results")).or_else(|| {
            let mut lists = (0..self.0.len()).filter(|place| self.0[*place].1.is_list_of_objects());
            lists.next().filter(|_| lists.next().is_none())
        })?;
        match self.0.swap_remove(place).1 {
            Member::List(rows) => Some(rows),
            _ => None,
        }
    }

    /// Whether there is no list because there are no rows: HaloPSA counts none, and the list is absent or null.
    pub(crate) fn is_empty(&self, key: &str) -> bool {
        self.number("record_count") == Some(0) && self.get(key).is_none_or(|value| matches!(value, Member::Null))
    }
}

impl Member<'_> {
    fn is_list_of_objects(&self) -> bool {
        match self {
            Self::List(Rows(Some(rows))) => rows.first().is_some_and(|row| row.get().starts_with('{')),
            // More rows than are kept.
            Self::List(Rows(None)) => true,
            _ => false,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Envelope<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(MAX_ROWS)).map(Envelope)
    }
}

/// Reads all members, with room for so many rows.
struct Members(usize);

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, Member<'de>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut members, mut room) = (Vec::new(), self.0);
        while members.len() < MAX_MEMBERS
            && let Some(name) = map.next_key()?
        {
            members.push((name, map.next_value_seed(AnyMember(&mut room))?));
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(members)
    }
}

/// Reads a member, with room for so many rows: the lists of an envelope share one cap.
struct AnyMember<'r>(&'r mut usize);

impl<'de> DeserializeSeed<'de> for AnyMember<'_> {
    type Value = Member<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyMember<'_> {
    type Value = Member<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Member::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Member::Scalar(value.to_string().into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Member::Scalar(value.to_string().into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Member::Scalar(value.to_string().into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Member::Scalar(value.to_string().into()))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Member::Scalar(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Member::Scalar(value.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, rows: A) -> Result<Self::Value, A::Error> {
        let rows = RowsUpTo(*self.0).visit_seq(rows)?;
        *self.0 -= rows.as_ref().map_or(0, Vec::len);
        Ok(Member::List(Rows(rows)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Member::Object)
    }
}

/// The rows of a list, each as text; `None` when there are more than `MAX`, of which no more are kept.
pub struct Rows<const MAX: usize>(pub Option<Vec<Box<RawValue>>>);

impl<'de, const MAX: usize> Deserialize<'de> for Rows<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RowsUpTo(MAX)).map(Rows)
    }
}

struct RowsUpTo(usize);

impl<'de> Visitor<'de> for RowsUpTo {
    type Value = Option<Vec<Box<RawValue>>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < self.0
            && let Some(row) = rows.next_element()?
        {
            kept.push(row);
        }
        let mut more = false;
        while rows.next_element::<IgnoredAny>()?.is_some() {
            more = true;
        }
        Ok((!more).then_some(kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(json: &str) -> Option<u64> {
        serde_json::from_str::<Envelope<'_>>(json).unwrap().number("record_count")
    }

    #[test]
    fn counts_are_read_in_all_writings() {
        assert_eq!(number(r#"{"record_count": 12}"#), Some(12));
        assert_eq!(number(r#"{"record_count": "12"}"#), Some(12));
        assert_eq!(number(r#"{"Record_Count": 12.0}"#), Some(12));
        assert_eq!(number(r#"{"record_count": 3, "record_count": 4}"#), Some(4));
        for none in [r#"{"record_count": 1.5}"#, r#"{"record_count": -1}"#, r#"{"record_count": null}"#, "{}"] {
            assert_eq!(number(none), None, "{none}");
        }
    }

    #[test]
    fn rows_beyond_the_cap_are_not_kept() {
        let rows = |json: &str| serde_json::from_str::<Rows<3>>(json).unwrap().0.map(|rows| rows.len());
        assert_eq!(rows("[]"), Some(0));
        assert_eq!(rows("[1, {}, \"x\"]"), Some(3));
        assert_eq!(rows("[1, 2, 3, 4]"), None);
    }

    #[test]
    fn members_beyond_the_cap_are_read_over() {
        let many: String = (0..5000).map(|number| format!("\"k{number}\":0,")).collect();
        let envelope = format!("{{\"record_count\":7,{many}\"tickets\":[]}}");
        let mut envelope: Envelope<'_> = serde_json::from_str(&envelope).unwrap();
        assert!(envelope.number("record_count") == Some(7) && envelope.take_list("tickets").is_none());
    }

    #[test]
    fn the_lists_of_an_envelope_share_one_cap() {
        let read = |body| serde_json::Deserializer::from_str(body).deserialize_map(Members(5)).map(Envelope).unwrap();
        let rows = |body| read(body).take_list("b").map(|rows| rows.0.map(|rows| rows.len()));
        assert_eq!(rows(r#"{"a":[1,2],"b":[1,2,3]}"#), Some(Some(3)));
        assert_eq!(rows(r#"{"a":[1,2,3],"b":[1,2,3]}"#), Some(None));
        // One that is too long is not kept, and takes no room.
        assert_eq!(rows(r#"{"a":[1,2,3,4,5,6],"b":[1,2,3,4,5]}"#), Some(Some(5)));
    }
}
