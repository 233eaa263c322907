//! The body of a delivery. Its members are those of a body that was recorded live.

use std::io::Write as _;

use super::record::Record;
use crate::entity::View;
use crate::rng::{self, Rng};
use crate::times;
use crate::value::write_text;
use crate::world::events::{Event, Of};
use crate::world::news::News;

/// How much of the record is sent.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Payload {
    Keys,
    Full,
    /// "Event information only": no record at all.
    Event,
}

/// What one delivery is of.
pub(super) struct Letter<'a> {
    pub(super) id: &'a str,
    pub(super) hook: &'a str,
    pub(super) notification: i32,
    pub(super) event: &'static Event,
    pub(super) news: &'a News,
    /// Number of the delivery.
    pub(super) number: u64,
}

/// Sentences on record; all other events get one made of their name.
const MESSAGES: [(i32, &str); 2] =
    [(3, "A new ticket has been logged. Ticket ID:"), (76, "The status has been changed for Ticket ID:")];

/// The key fields of a kind: those of a ticket as recorded live, the others the simulator's own.
fn keys(of: Of) -> &'static [&'static str] {
    match of {
        Of::Ticket => &[
            "id",
            "summary",
            "status_id",
            "tickettype_id",
            "client_id",
            "team_id",
            "agent_id",
            "hasbeenclosed",
            "customfields",
        ],
        Of::Action => &["id", "ticket_id", "outcome", "outcome_id", "who", "datetime"],
        Of::Client => &["id", "name", "inactive"],
        Of::Site => &["id", "name", "client_id", "inactive"],
        Of::User => &["id", "name", "emailaddress", "site_id", "client_id", "inactive"],
        Of::Invoice => &["id", "invoicenumber", "client_id", "total", "amountpaid", "paymentstatus"],
        Of::Other => &["id"],
    }
}

/// Writes the body of a delivery.
pub(super) fn write(view: &View<'_>, letter: &Letter<'_>, payload: Payload) -> Vec<u8> {
    let Letter { id, hook, notification, event, news, number } = *letter;
    let queued = rng::guid(view.world.seed, "queued message", i64::try_from(number).unwrap_or_default());
    let mut out = Vec::with_capacity(512);
    put(
        &mut out,
        format_args!(
            "{{\"id\":\"{id}\",\"webhook_id\":\"{hook}\",\"notification_id\":{notification},\"escmsg_id\":\"{queued}\",\
             \"object_id\":{},\"agent_id\":{},\"event\":\"{}\",\"message\":",
            news.id,
            news.agent,
            event.name.to_lowercase()
        ),
    );
    write_text(&mut out, &message(event, news.id));
    put(&mut out, format_args!(",\"timestamp\":\"{}\"", stamp(news.at, view.world.seed, number)));
    let record = Record::find(view.world, news.of, news.id, news.action);
    if payload != Payload::Event && !matches!(record, Record::None) {
        put(&mut out, format_args!(",\"{}\":", event.of.key()));
        record.write(view, (payload == Payload::Keys).then(|| keys(event.of)), &mut out);
    }
    out.push(b'}');
    out
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a vector takes every byte");
}

fn message(event: &Event, id: i32) -> String {
    match (MESSAGES.iter().find(|(no, _)| *no == event.no), event.of) {
        (Some((_, sentence)), _) => format!("{sentence} {id:07}."),
        (None, Of::Ticket | Of::Action) => format!("{}. Ticket ID: {id:07}.", event.name),
        (None, _) => format!("{}. ID: {id}.", event.name),
    }
}

/// With seven digits of a second, as recorded live; those below a millisecond are made up.
fn stamp(at: times::Ms, seed: u64, number: u64) -> String {
    let mut text = Vec::new();
    times::write_naive(&mut text, at - at.rem_euclid(times::SECOND));
    let below = Rng::new(seed, "timestamp", number).below(10_000);
    format!("{}.{:03}{below:04}Z", String::from_utf8_lossy(&text), at.rem_euclid(times::SECOND))
}
