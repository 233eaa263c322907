//! Sentences about how webhooks stand: what happened, why, and what to do.

use super::evidence::Evidence;
use super::{EventStatus, Example, Status};
use crate::store::{Refused, Unconfirmed};
use crate::webhooks::events::{Event, Says};

/// What the status means here.
pub(super) fn sentence(evidence: &Evidence, status: Status, events: &[EventStatus]) -> String {
    let newest = events.iter().filter_map(|event| Some((event.last_at?, event))).max_by_key(|(at, _)| *at);
    let last = newest.map_or_else(
        || "none of the eleven".to_owned(),
        |(at, event)| format!("{}, {} ({} ago)", event.event, moment(evidence, at), span(evidence.now - at)),
    );
    let missing: Vec<&str> = events.iter().filter(|event| event.total == 0).map(|event| event.event.as_str()).collect();
    match status {
        Status::NoData => match evidence.made_at {
            Some(at) => format!("Nothing has arrived since the callback URL was made {} ago.", span(evidence.now - at)),
            None => "There is no callback URL yet: `haloscope webhook url` makes it.".to_owned(),
        },
        Status::NoDataFor4Days => format!("Last event: {last}."),
        Status::Partial => format!(
            "{} of {} events have arrived. Missing: {}.",
            events.len() - missing.len(),
            events.len(),
            missing.join(", ")
        ),
        Status::Successful => format!("All {} events have arrived. Last: {last}.", events.len()),
    }
}

/// Records changed, and no delivery ever told of it.
pub(super) fn set_up_wrongly(
    evidence: &Evidence,
    happened: &[(&'static Event, u64)],
    example: &Example,
    early: bool,
) -> String {
    let events = are(happened.iter().map(|(event, _)| *event));
    if early {
        return format!(
            "{} in HaloPSA before the first event arrived, and none since then. If the next one does not come either, the \
             webhook is not configured properly: check that {events} among its events.",
            all_that_happened(happened),
        );
    }
    let why = match evidence.first_at {
        None => "The webhook is not set up in HaloPSA yet, or is not configured properly",
        Some(_) => "The webhook is not configured properly",
    };
    format!(
        "{} in HaloPSA in this time and no webhook told us, #{} among them. {why}. Check that it is active, that its Payload \
         URL is the callback URL, and that {events} among its events.",
        all_that_happened(happened),
        example.record,
    )
}

/// It came, and comes no more.
pub(super) fn stopped(evidence: &Evidence, at: i64, total: u64, happened: &[(&'static Event, u64)]) -> String {
    format!(
        "Stopped at {} ({} ago) after {}: since then {} and no webhook told us. HaloPSA disables a webhook after repeated \
         failures; check that it is there and Active.",
        moment(evidence, at),
        span(evidence.now - at),
        counted(total, "event"),
        all_that_happened(happened),
    )
}

/// HaloPSA posts, and is turned away.
pub(super) fn refused(refused: &Refused, now: i64) -> String {
    let Refused { status, source, times, last_at, .. } = refused;
    let posts = counted(times.unsigned_abs(), "request");
    let (what, remedy) = match status {
        401 => ("with a wrong name, password or signature", "Update the authentication of the webhook in HaloPSA."),
        404 => ("with an address that is not valid", "Enter the present callback URL as Payload URL in HaloPSA."),
        413 => ("with too large a body", "Choose key fields instead of the full object as payload in HaloPSA."),
        400 => {
            ("with a body that is no delivery", "Set content type application/json and a standard payload in HaloPSA.")
        }
        _ => ("and could not be taken", "HaloPSA tries again by itself; look at the log of Haloscope."),
    };
    format!("{posts} came {what} ({status}) from {source}, the last {} ago. {remedy}", span(now - last_at))
}

/// It comes, but is never confirmed.
pub(super) fn never_confirmed(found: &Unconfirmed) -> String {
    let why = found.why.as_deref().unwrap_or("HaloPSA does not know the record");
    let record = found.record.map(|record| format!(" (#{record})")).unwrap_or_default();
    format!(
        "{} arrived, and HaloPSA confirmed none of them when it was asked: {why}{record}. Check what the agent of this \
         connection may read.",
        counted(found.times.unsigned_abs(), "delivery")
    )
}

/// Nothing happened.
pub(super) fn quiet(evidence: &Evidence, events: &[&'static Event]) -> String {
    let read_at = events.iter().filter_map(|event| evidence.read_at.get(event.family.name).copied().flatten()).min();
    let looked = read_at.map(|at| format!(" when we last looked, {} ago", span(evidence.now - at))).unwrap_or_default();
    let [event] = events else {
        return format!(
            "HaloPSA had no such changes either{looked}, so this is expected. To test, create an invoice, site, ticket or user."
        );
    };
    let (object, done) = (event.family.object, event.says.as_str());
    let article = if object.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    let test = match event.says {
        Says::Created => format!("create {article} {object}"),
        Says::Changed => format!("change {article} {object}"),
        Says::Deleted => format!("delete {article} {object} that you created for it"),
    };
    format!("No {object} had been {done} in HaloPSA either{looked}, so this is expected. To test, {test}.")
}

fn all_that_happened(happened: &[(&'static Event, u64)]) -> String {
    let told = happened.iter().filter(|(_, times)| *times > 0).map(|(event, times)| {
        let verb = match (event.says, *times) {
            (Says::Changed, _) => "changed",
            (Says::Created, 1) => "was created",
            (Says::Created, _) => "were created",
            (Says::Deleted, 1) => "was deleted",
            (Says::Deleted, _) => "were deleted",
        };
        format!("{} {verb}", counted(*times, event.family.object))
    });
    listed(&told.collect::<Vec<_>>())
}

fn are(events: impl Iterator<Item = &'static Event>) -> String {
    let names: Vec<String> = events.map(|event| event.name.to_owned()).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", listed(&names))
}

fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn counted(times: u64, what: &str) -> String {
    match (times, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{times} {stem}ies"),
        _ => format!("{times} {what}s"),
    }
}

/// `18 Nov 09:40 UTC`.
fn moment(evidence: &Evidence, micros: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    at.to_zoned_datetime(evidence.zone.clone()).strftime("%-d %b %H:%M %Z").to_string()
}

/// A length of time in its two largest units: `4 d 3 h`, `14 s`.
pub fn span(micros: i64) -> String {
    let seconds = micros.max(0) / 1_000_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let with = |whole: String, rest: i64, unit: &str| if rest > 0 { format!("{whole} {rest} {unit}") } else { whole };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, ..) => with(format!("{hours} h"), minutes % 60, "min"),
        _ => with(format!("{days} d"), hours % 24, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhooks::events::EVENTS;

    #[test]
    fn spans() {
        for (seconds, text) in
            [(14, "14 s"), (61, "1 min"), (7_200, "2 h"), (4 * 86_400 + 3 * 3_600, "4 d 3 h"), (-5, "0 s")]
        {
            assert_eq!(span(seconds * 1_000_000), text);
        }
    }

    #[test]
    fn what_happened_in_words() {
        let happened = [(&EVENTS[0], 37), (&EVENTS[2], 1), (&EVENTS[10], 2), (&EVENTS[5], 0)];
        assert_eq!(all_that_happened(&happened), "37 tickets changed, 1 site was created and 2 invoices were deleted");
        assert_eq!(counted(2, "delivery"), "2 deliveries");
    }
}
