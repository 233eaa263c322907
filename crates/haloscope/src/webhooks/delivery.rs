//! Reads what HaloPSA posts: one delivery, or a batch of them. Bytes from outside: nothing here trusts them.

use halo_client::{Rows, nests_deeper};
use ring::digest;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::events::{self, Event, Family, Says};
use crate::store::{ConnectionId, NewDelivery};

/// Deliveries in one body at most.
const MOST_IN_A_BODY: usize = 10_000;
/// No body of HaloPSA's nests deeper.
const DEEPEST: usize = 64;
/// Characters of an event's name, and of an id, that are kept.
const LONGEST_WORDS: usize = 200;

/// Times until here mean none: HaloPSA writes days of 1980 and before where there is none, microseconds UTC.
const NO_TIME: i64 = 347_155_200_000_000;

/// Why a body holds no delivery.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// It is no JSON.
    #[error("the body is no JSON: {0}")]
    NotJson(String),
    /// It is JSON, but neither an object nor a list of objects.
    #[error("the body is neither an object nor a list of objects")]
    NoObject,
    /// It nests deeper than any delivery.
    #[error("the body nests too deep")]
    TooDeep,
    /// A batch of too many.
    #[error("the body holds more than {MOST_IN_A_BODY} deliveries")]
    TooMany,
}

/// One delivery.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Names it: its own id, or a hash of its content where it has none.
    pub key: String,
    /// The event's name as it came.
    pub words: Option<String>,
    /// Which of the eleven that is.
    pub event: Option<&'static Event>,
    /// What it says of its record.
    pub says: Option<Says>,
    /// Id of its record.
    pub record: Option<i64>,
    /// When it happened, microseconds UTC.
    pub occurred_at: Option<i64>,
    /// The record's own time of last change, where it carries that; microseconds UTC.
    pub stamp: Option<i64>,
    /// Its JSON as it came.
    pub body: Box<RawValue>,
}

impl Delivery {
    /// As it goes into the inbox. `arrived_at`: microseconds UTC; `headers`: a JSON object without secrets.
    pub fn into_new(self, connection: ConnectionId, arrived_at: i64, source: &str, headers: String) -> NewDelivery {
        NewDelivery {
            connection,
            key: self.key,
            arrived_at,
            source: source.to_owned(),
            headers,
            body: String::from(Box::<str>::from(self.body)),
            words: self.words,
            event: self.event.map(|event| event.name),
            family: self.event.map(|event| event.family.name),
            says: self.says.map(Says::as_str),
            record: self.record,
            occurred_at: self.occurred_at,
            stamp: self.stamp,
        }
    }
}

/// What is looked at; everything else stays in the body.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    escmsg_id: Option<&'a RawValue>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    object_id: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    ticket: Option<&'a RawValue>,
    #[serde(borrow)]
    site: Option<&'a RawValue>,
    #[serde(borrow)]
    user: Option<&'a RawValue>,
    #[serde(borrow)]
    invoice: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    fn object(&self, family: &Family) -> Option<&'a RawValue> {
        match family.object {
            "ticket" => self.ticket,
            "site" => self.site,
            "user" => self.user,
            _ => self.invoice,
        }
    }
}

/// Reads a body.
///
/// # Errors
/// See [`Unreadable`].
pub fn read(body: &[u8]) -> Result<Vec<Delivery>, Unreadable> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if nests_deeper(body, DEEPEST) {
        return Err(Unreadable::TooDeep);
    }
    let not_json = |error: serde_json::Error| Unreadable::NotJson(error.to_string());
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => {
            let parts =
                serde_json::from_slice::<Rows<MOST_IN_A_BODY>>(body).map_err(not_json)?.0.ok_or(Unreadable::TooMany)?;
            // One that is none is kept with the others and shown as unknown.
            Ok(parts.into_iter().map(one).collect())
        }
        Some(b'{') => Ok(vec![one(serde_json::from_slice(body).map_err(not_json)?)]),
        _ => {
            serde_json::from_slice::<IgnoredAny>(body).map_err(not_json)?;
            Err(Unreadable::NoObject)
        }
    }
}

/// The record that a delivery about this family carries; none where it names its event alone.
pub fn object_of(body: &str, family: &Family) -> Option<Box<RawValue>> {
    let envelope: Envelope<'_> = serde_json::from_str(body).ok()?;
    envelope.object(family).map(ToOwned::to_owned)
}

fn one(body: Box<RawValue>) -> Delivery {
    // A field that comes twice makes the whole unreadable; the content is kept all the same.
    let envelope: Envelope<'_> = serde_json::from_str(body.get()).unwrap_or_default();
    let words = envelope.event.and_then(words);
    let event = words.as_deref().and_then(events::find);
    let object = event.and_then(|event| envelope.object(event.family));
    let record = envelope.object_id.and_then(number).or_else(|| id_of(object?));
    // A plain number is one of a record, not of a delivery: bodies of a customer's own making have such.
    let names_one = |key: &String| !key.bytes().all(|byte| byte.is_ascii_digit());
    let key = [envelope.id, envelope.escmsg_id].into_iter().flatten().filter_map(self::words).find(names_one);
    Delivery {
        key: key.unwrap_or_else(|| hash(&body)),
        stamp: object.and_then(stamp_of),
        says: words.as_deref().and_then(events::says),
        occurred_at: envelope.timestamp.and_then(self::words).and_then(|text| moment(&text)),
        words,
        event,
        record,
        body,
    }
}

/// The text of a JSON text that is not empty, or the digits of a number.
fn words(raw: &RawValue) -> Option<String> {
    let text = match raw.get().as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(raw.get()).ok()?,
        b'0'..=b'9' => raw.get().to_owned(),
        _ => return None,
    };
    let text: String = text.trim().chars().take(LONGEST_WORDS).collect();
    (!text.is_empty()).then_some(text)
}

/// A whole number above 0, also where HaloPSA writes it as text or as `12.0`.
fn number(raw: &RawValue) -> Option<i64> {
    let text = words(raw)?;
    let whole = text.strip_suffix(".0").unwrap_or(&text);
    whole.parse().ok().filter(|number| *number > 0)
}

fn id_of(object: &RawValue) -> Option<i64> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        id: &'a RawValue,
    }
    number(serde_json::from_str::<Named<'_>>(object.get()).ok()?.id)
}

/// When the record changed last: under the names of lists, or those that deliveries use instead.
fn stamp_of(object: &RawValue) -> Option<i64> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Stamped<'a> {
        #[serde(borrow)]
        last_update: Option<&'a RawValue>,
        #[serde(borrow)]
        lastupdate: Option<&'a RawValue>,
        #[serde(borrow)]
        last_modified: Option<&'a RawValue>,
        #[serde(borrow)]
        lastmodified: Option<&'a RawValue>,
    }
    let Stamped { last_update, lastupdate, last_modified, lastmodified } =
        serde_json::from_str(object.get()).unwrap_or_default();
    let stamps = [last_update, lastupdate, last_modified, lastmodified].into_iter().flatten();
    stamps.filter_map(words).filter_map(|text| moment(&text)).find(|stamp| *stamp > NO_TIME)
}

/// A moment in UTC, with or without its zone; microseconds.
pub(super) fn moment(text: &str) -> Option<i64> {
    let naive = || jiff::tz::TimeZone::UTC.to_timestamp(text.parse::<jiff::civil::DateTime>().ok()?).ok();
    text.parse::<jiff::Timestamp>().ok().or_else(naive).map(|at| at.as_microsecond())
}

/// Of the same content always the same.
fn hash(body: &RawValue) -> String {
    let digest = digest::digest(&digest::SHA256, body.get().as_bytes());
    let hex: String = digest.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("content-{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(body: &str) -> Delivery {
        let mut found = read(body.as_bytes()).unwrap();
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    #[test]
    fn what_haloitself_sends() {
        let found = only(
            r#"{"id":"0-8003","webhook_id":"0-77","notification_id":214,"escmsg_id":"0-9003","object_id":4242,"agent_id":6,
                "event":"ticket status changed","timestamp":"2026-11-02T10:31:08.7895915Z"}"#,
        );
        assert_eq!((found.key.as_str(), found.record), ("0-8003", Some(4242)));
        assert_eq!(found.event.map(|event| event.name), Some("Ticket Changed"));
        assert_eq!(found.occurred_at, Some(1_793_615_468_789_591));
    }

    #[test]
    fn the_record_says_when_it_changed() {
        let check = |event: &str, object: &str, stamp: Option<i64>| {
            let found = only(&format!(r#"{{"id":"a","event":"{event}",{object}}}"#));
            assert_eq!(found.stamp, stamp, "{object}");
        };
        let at = Some(1_793_615_468_789_000);
        check("closed", r#""ticket":{"id":5,"lastupdate":"2026-11-02T10:31:08.789"}"#, at);
        check("closed", r#""ticket":{"id":5,"last_update":"2026-11-02T10:31:08.789Z"}"#, at);
        check("invoice updated", r#""invoice":{"id":5,"last_modified":"2026-11-02T10:31:08.789"}"#, at);
        check("closed", r#""ticket":{"id":5,"lastupdate":"1900-01-01T00:00:00"}"#, None);
        check("closed", r#""ticket":{"id":5}"#, None);
        check("closed", r#""ticket":5"#, None);
    }

    #[test]
    fn batches_and_odd_ids() {
        let found = read(br#" [{"escmsg_id":"a","event":"Site Deleted","site":{"id":"12.0"}},{"event":"mention"}] "#);
        let found = found.unwrap();
        assert_eq!((found[0].key.as_str(), found[0].record, found[0].says), ("a", Some(12), Some(Says::Deleted)));
        assert_eq!((found[1].event.is_none(), found[1].record), (true, None));
        assert!(found[1].key.starts_with("content-"));
        assert_eq!(found[1].key, only(r#"{"event":"mention"}"#).key, "the same content has the same key");
    }

    #[test]
    fn what_is_no_delivery_is_refused() {
        for body in ["", "hello", "12", "{", "[{}", "null"] {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
        assert_eq!(read(format!("[{}{{}}]", "1,".repeat(10_000)).as_bytes()).unwrap_err(), Unreadable::TooMany);
        assert_eq!(read("[".repeat(100_000).as_bytes()).unwrap_err(), Unreadable::TooDeep);
        assert!(read(b"[1, {}]").unwrap().iter().all(|odd| odd.event.is_none() && odd.record.is_none()));
        let numbered = only(r#"{"id":5,"event":"closed","object_id":7}"#);
        assert!(numbered.key.starts_with("content-") && numbered.record == Some(7), "{numbered:?}");
        assert!(read(b"{\"event\":\"\xff\"}").is_err());
        let twice = only(r#"{"id":"a","id":"b","event":"closed"}"#);
        assert!(twice.event.is_none() && twice.key.starts_with("content-"));
    }
}
