//! The rules by which it is judged how webhooks stand. Pure.

use super::announced::{GRACE, coverage, judged, records, unannounced, was_told};
use super::evidence::{Arrived, DAY, Evidence, HOUR};
use super::words;
use super::{Cause, CauseKind, Coverage, EventStatus, Example, FamilyStatus, Status, WebhookStatus};
use crate::store::{Ledgered, Refused};
use crate::webhooks::events::{EVENTS, Event, FAMILIES, Family, Says};

/// Nothing arrived for so long: that is a status.
const SILENCE: i64 = 4 * DAY;
/// An event that came has stopped when so many records in a row changed without it, or one did and a day went by: deliveries are
/// up to a day late.
const STOPPED: u64 = 3;
/// A family is covered when of a hundred things that happen at least so many are announced.
const COVERED_PERCENT: u64 = 95;
/// A silence is more than chance when deliveries came so often within an hour, and it lasts so many times as long as the time
/// between two of them, and a minute.
const OFTEN: u64 = 10;
const TIMES_AS_LONG: i64 = 6;
const MINUTE: i64 = 60_000_000;

/// The whole of it.
pub(super) fn status(evidence: &Evidence) -> WebhookStatus {
    let events: Vec<EventStatus> = evidence.arrived.iter().map(|arrived| event(evidence, arrived)).collect();
    let status = which(evidence, &events);
    let unannounced = unannounced(evidence);
    let is_before = |missed: &&Example| evidence.first_at.is_some_and(|first| missed.happened_at < first);
    let cause = cause(evidence, status, &events);
    WebhookStatus {
        status,
        title: status.title().to_owned(),
        sentence: words::sentence(evidence, status, &events),
        cause,
        since: evidence.made_at,
        families: FAMILIES.iter().map(|known| family(evidence, known, &events, &unannounced)).collect(),
        events,
        first_at: evidence.first_at,
        unannounced_count: unannounced.len() as u64,
        unannounced_before: unannounced.iter().filter(is_before).count() as u64,
        unannounced,
        unknown: evidence.unknown.clone(),
        refused: evidence.refused.clone(),
        recovered: evidence.recovered.clone(),
        waiting: evidence.pending.waiting.unsigned_abs(),
        dead: evidence.pending.dead.unsigned_abs(),
    }
}

/// The first rule that fits.
fn which(evidence: &Evidence, events: &[EventStatus]) -> Status {
    let newest = events.iter().filter_map(|event| event.last_at).max();
    match newest.or(evidence.last_at) {
        None => Status::NoData,
        Some(newest) if evidence.now - newest > SILENCE => Status::NoDataFor4Days,
        _ if events.iter().any(|event| event.total == 0) => Status::Partial,
        _ => Status::Successful,
    }
}

fn event(evidence: &Evidence, arrived: &Arrived) -> EventStatus {
    let entries: Vec<&Ledgered> = judged(evidence, arrived.event).collect();
    let within = |span: i64| entries.iter().filter(move |entry| evidence.now - entry.seen_at <= span).copied();
    EventStatus {
        event: arrived.event.name.to_owned(),
        rare: arrived.event.says == Says::Deleted,
        last_at: arrived.last_at,
        in_24_hours: arrived.day,
        by_hour: arrived.by_hour.clone(),
        total: arrived.total,
        median_delay_ms: arrived.delay.map(|delay| delay / 1000),
        coverage_24_hours: coverage(evidence, within(DAY)),
        coverage_7_days: coverage(evidence, within(7 * DAY)),
        cause: cause_of_event(evidence, arrived, &entries),
    }
}

fn cause_of_event(evidence: &Evidence, arrived: &Arrived, entries: &[&Ledgered]) -> Option<Cause> {
    let made_at = evidence.made_at?;
    let since = arrived.last_at.unwrap_or(made_at);
    let missed: Vec<&Ledgered> =
        entries.iter().filter(|entry| !was_told(entry) && entry.happened_at > since).copied().collect();
    let (times, example) = records(&missed);
    let early = evidence.first_at.is_some_and(|first| missed.iter().all(|entry| entry.happened_at < first));
    let cause = |cause, sentence| {
        let early = early && cause == CauseKind::SetUpWrongly;
        Some(Cause { cause, sentence, since, times, example: example.clone(), early })
    };
    // Strangers post, too: what comes all the same is not refused.
    if let Some(refused) = refused(evidence).filter(|_| evidence.last_at.is_none() || !missed.is_empty()) {
        return Some(of_refused(evidence, refused));
    }
    let happened = [(arrived.event, times)];
    if arrived.total == 0 {
        return match example {
            Some(ref example) => {
                cause(CauseKind::SetUpWrongly, words::set_up_wrongly(evidence, &happened, example, early))
            }
            None => quiet(evidence, &[arrived.event], since),
        };
    }
    let waited = missed.iter().any(|entry| evidence.now - entry.seen_at > DAY);
    if times >= STOPPED || waited {
        return cause(CauseKind::Stopped, words::stopped(evidence, since, arrived.total, &happened));
    }
    if let Some(unconfirmed) = &arrived.unconfirmed {
        return Some(Cause {
            cause: CauseKind::NeverConfirmed,
            sentence: words::never_confirmed(unconfirmed),
            since,
            times: unconfirmed.times.unsigned_abs(),
            example: unconfirmed.record.map(|record| Example {
                family: arrived.event.family.name.to_owned(),
                record,
                says: arrived.event.says.as_str().to_owned(),
                happened_at: since,
                seen_at: since,
            }),
            early: false,
        });
    }
    if evidence.now - since > SILENCE { quiet(evidence, &[arrived.event], since) } else { None }
}

/// Nothing happened since, if that is known.
fn quiet(evidence: &Evidence, events: &[&'static Event], since: i64) -> Option<Cause> {
    let was_read = |event: &&Event| evidence.read_at.get(event.family.name).copied().flatten() > Some(since);
    let sentence = words::quiet(evidence, events);
    events.iter().all(was_read).then_some(Cause {
        cause: CauseKind::Quiet,
        sentence,
        since,
        times: 0,
        example: None,
        early: false,
    })
}

/// Whoever was turned away after the last delivery.
fn refused(evidence: &Evidence) -> Option<&Refused> {
    let since = evidence.last_at.or(evidence.made_at)?;
    evidence.refused.iter().find(|refused| refused.last_at > since)
}

fn of_refused(evidence: &Evidence, refused: &Refused) -> Cause {
    Cause {
        cause: CauseKind::Refused,
        sentence: words::refused(refused, evidence.now),
        since: refused.first_at,
        times: refused.times.unsigned_abs(),
        example: None,
        early: false,
    }
}

/// The strongest cause among those of the events, told for all that it holds for.
fn cause(evidence: &Evidence, status: Status, events: &[EventStatus]) -> Option<Cause> {
    let concerns = |event: &&EventStatus| match status {
        Status::Partial => event.total == 0 || event.cause.as_ref().is_some_and(|it| it.cause != CauseKind::Quiet),
        Status::Successful => event.cause.as_ref().is_some_and(|cause| cause.cause != CauseKind::Quiet),
        Status::NoData | Status::NoDataFor4Days => true,
    };
    let concerned: Vec<&EventStatus> = events.iter().filter(concerns).collect();
    let causes = || concerned.iter().filter_map(|event| Some((*event, event.cause.as_ref()?)));
    // What perhaps is wrong comes after all that surely is.
    let rank = |cause: &Cause| (if cause.cause == CauseKind::Quiet { 2 } else { u8::from(cause.early) }, cause.cause);
    let best = causes().map(|(_, cause)| rank(cause)).min()?;
    let alike: Vec<(&EventStatus, &Cause)> = causes().filter(|(_, cause)| rank(cause) == best).collect();
    let (strongest, early) = (best.1, best.0 == 1);
    let named = |status: &EventStatus| EVENTS.iter().find(|event| event.name == status.event);
    let first = alike.iter().map(|(_, cause)| *cause).max_by_key(|cause| cause.times)?;
    let happened: Vec<(&'static Event, u64)> =
        alike.iter().filter_map(|(event, cause)| Some((named(event)?, cause.times))).collect();
    let times = happened.iter().map(|(_, times)| times).sum();
    let sentence = match (strongest, &first.example) {
        (CauseKind::SetUpWrongly, Some(example)) => words::set_up_wrongly(evidence, &happened, example, early),
        (CauseKind::Stopped, _) => {
            let last = alike.iter().filter_map(|(event, _)| event.last_at).max()?;
            // All that came, unless others still come.
            let goes_on = evidence.last_at > Some(last + GRACE);
            let of_all = events.iter().map(|event| event.total).sum();
            let total = if goes_on { alike.iter().map(|(event, _)| event.total).sum() } else { of_all };
            words::stopped(evidence, last, total, &happened)
        }
        (CauseKind::Quiet, _) => {
            // All of them, or it is not known of all that nothing happened.
            let all: Vec<&'static Event> = concerned.iter().filter_map(|event| named(event)).collect();
            let since = evidence.last_at.or(evidence.made_at)?;
            let since = if status == Status::Partial { evidence.made_at? } else { since };
            return quiet(evidence, &all, since);
        }
        _ => first.sentence.clone(),
    };
    let times = if strongest == CauseKind::Refused { first.times } else { times };
    Some(Cause { sentence, times, early, ..first.clone() })
}

fn family(evidence: &Evidence, family: &Family, events: &[EventStatus], unannounced: &[Example]) -> FamilyStatus {
    let own: Vec<(&Arrived, &EventStatus)> =
        evidence.arrived.iter().zip(events).filter(|(arrived, _)| arrived.event.family.name == family.name).collect();
    let sum = |of: fn(&EventStatus) -> Coverage| {
        own.iter().map(|(_, event)| of(event)).fold(Coverage::default(), Coverage::plus)
    };
    let (day, week) = (sum(|event| event.coverage_24_hours), sum(|event| event.coverage_7_days));
    let is_troubled = own.iter().any(|(_, event)| {
        event.cause.as_ref().is_some_and(|cause| !matches!(cause.cause, CauseKind::Quiet | CauseKind::NeverConfirmed))
    });
    let last_at = own.iter().filter_map(|(arrived, _)| arrived.last_at).max();
    let comes = last_at.is_some_and(|last| evidence.now - last <= SILENCE);
    let of_late = own.iter().filter_map(|(arrived, _)| arrived.by_hour.last()).sum();
    FamilyStatus {
        family: family.name.to_owned(),
        silent_since: last_at.filter(|last| is_silent(evidence.now - last, of_late)),
        covered: comes && !is_troubled && day.announced * 100 >= day.since_first() * COVERED_PERCENT,
        coverage_24_hours: day,
        coverage_7_days: week,
        unannounced: unannounced.iter().filter(|example| example.family == family.name).count() as u64,
    }
}

/// Whether nothing came for longer than chance explains. `of_late`: how many came in the last hour.
fn is_silent(silence: i64, of_late: u64) -> bool {
    let between = (HOUR - silence) / i64::try_from(of_late.max(1)).unwrap_or(i64::MAX);
    of_late >= OFTEN && silence > MINUTE + TIMES_AS_LONG * between
}

#[cfg(test)]
mod tests {
    use super::super::evidence::WEEK;
    use super::*;
    use crate::store::{Pending, Unconfirmed};

    const NOW: i64 = 100 * DAY;
    const MADE: i64 = NOW - 6 * DAY;

    /// Nothing arrived and nothing happened since the address was made.
    fn silence() -> Evidence {
        let arrived = |event| Arrived {
            event,
            total: 0,
            last_at: None,
            day: 0,
            by_hour: vec![0; 24],
            delay: None,
            unconfirmed: None,
        };
        Evidence {
            now: NOW,
            zone: jiff::tz::TimeZone::UTC,
            made_at: Some(MADE),
            arrived: EVENTS.iter().map(arrived).collect(),
            first_at: None,
            last_at: None,
            ledger: Vec::new(),
            read_at: FAMILIES.iter().map(|family| (family.name, Some(NOW - HOUR))).collect(),
            refused: Vec::new(),
            unknown: Vec::new(),
            pending: Pending::default(),
            recovered: None,
        }
    }

    /// All events arrived so long ago.
    fn arrived(ago: i64) -> Evidence {
        let mut evidence = silence();
        for arrived in &mut evidence.arrived {
            (arrived.total, arrived.last_at) = (10, Some(NOW - ago));
        }
        (evidence.first_at, evidence.last_at) = (Some(MADE), Some(NOW - ago));
        evidence
    }

    fn happened(says: &str, record: i64, ago: i64, announced: bool) -> Ledgered {
        Ledgered {
            number: record,
            family: "tickets".to_owned(),
            record,
            says: says.to_owned(),
            happened_at: NOW - ago,
            seen_at: NOW - ago + 1,
            announced_at: announced.then_some(NOW),
            by_its_event: announced,
        }
    }

    #[track_caller]
    fn check(evidence: &Evidence, status: Status, cause: Option<CauseKind>) -> WebhookStatus {
        let found = super::status(evidence);
        assert_eq!((found.status, found.cause.as_ref().map(|cause| cause.cause)), (status, cause), "{found:?}");
        found
    }

    fn refusal(ago: i64) -> Refused {
        Refused { status: 401, source: "203.0.113.7".to_owned(), times: 12, first_at: MADE, last_at: NOW - ago }
    }

    #[test]
    fn nothing_came() {
        let mut evidence = silence();
        check(&evidence, Status::NoData, Some(CauseKind::Quiet));
        evidence.read_at.insert("users", None);
        check(&evidence, Status::NoData, None);
        evidence.ledger = vec![happened("changed", 5, HOUR, false)];
        let found = check(&evidence, Status::NoData, Some(CauseKind::SetUpWrongly));
        assert_eq!(found.cause.unwrap().example.unwrap().record, 5);
        evidence.refused = vec![refusal(HOUR)];
        check(&evidence, Status::NoData, Some(CauseKind::Refused));
    }

    #[test]
    fn how_to_test_a_quiet_event() {
        let evidence = arrived(5 * DAY);
        let words = |event: usize| words::quiet(&evidence, &[&EVENTS[event]]);
        let ticket = "No ticket had been created in HaloPSA either when we last looked, 1 h ago, so this is expected. To test, \
                      create a ticket.";
        assert_eq!(words(1), ticket);
        assert!(words(9).ends_with("To test, change an invoice."));
        assert!(words(4).ends_with("To test, delete a site that you created for it."));
    }

    #[test]
    fn what_happened_before_the_address_or_just_now_is_no_evidence() {
        let mut evidence = silence();
        evidence.ledger = vec![happened("changed", 5, WEEK, false), happened("created", 6, 1_000_000, false)];
        let found = check(&evidence, Status::NoData, Some(CauseKind::Quiet));
        assert_eq!((found.unannounced_count, found.events[0].coverage_7_days.happened), (0, 0));
    }

    #[test]
    fn an_event_that_did_not_come_before_the_first_one_may_still_come() {
        let mut evidence = arrived(HOUR);
        (evidence.arrived[0], evidence.first_at) = (silence().arrived.remove(0), Some(NOW - HOUR));
        evidence.ledger = vec![happened("changed", 5, 2 * HOUR, false)];
        let found = check(&evidence, Status::Partial, Some(CauseKind::SetUpWrongly));
        assert_eq!((found.cause.as_ref().map(|cause| cause.early), found.trouble()), (Some(true), None));
        let mut other = evidence;
        other.ledger.push(happened("changed", 6, HOUR / 2, false));
        let found = check(&other, Status::Partial, Some(CauseKind::SetUpWrongly));
        assert_eq!(found.trouble(), Some(CauseKind::SetUpWrongly));
        // What is surely wrong is told rather than what perhaps is.
        other.ledger.pop();
        let unconfirmed = Unconfirmed { event: "Site updated".to_owned(), times: 3, record: Some(9), why: None };
        other.arrived[3].unconfirmed = Some(unconfirmed);
        check(&other, Status::Partial, Some(CauseKind::NeverConfirmed));
    }

    #[test]
    fn what_happened_before_the_first_event_is_told_apart() {
        let mut evidence = arrived(HOUR);
        evidence.first_at = Some(NOW - 3 * HOUR);
        let early = (10..20).map(|record| happened("changed", record, 4 * HOUR, false));
        evidence.ledger =
            early.chain((0..20).map(|record| happened("changed", record, 2 * HOUR, record > 0))).collect();
        let found = check(&evidence, Status::Successful, None);
        assert_eq!(found.events[0].coverage_24_hours, Coverage { happened: 30, announced: 19, before: 10 });
        assert!(found.families[0].covered, "19 of the 20 since then");
        // Those that changed again afterwards do not stay unannounced.
        assert_eq!((found.unannounced_count, found.unannounced_before), (1, 0));
        evidence.ledger.truncate(10);
        let found = super::status(&evidence);
        assert_eq!((found.unannounced_count, found.unannounced_before), (10, 10));
    }

    #[test]
    fn a_silence_is_longer_than_chance_explains() {
        let (second, often) = (1_000_000, 60);
        assert!(!is_silent(2 * MINUTE, often) && is_silent(8 * MINUTE, often), "one a minute");
        assert!(!is_silent(70 * second, 600) && is_silent(100 * second, 600), "ten a minute");
        assert!(!is_silent(40 * MINUTE, OFTEN - 1) && !is_silent(HOUR, 0));
    }

    #[test]
    fn it_came_and_stopped() {
        let mut evidence = arrived(5 * DAY);
        check(&evidence, Status::NoDataFor4Days, Some(CauseKind::Quiet));
        evidence.ledger = vec![happened("changed", 5, HOUR, false)];
        check(&evidence, Status::NoDataFor4Days, Some(CauseKind::Quiet));
        evidence.ledger = (1..=3).map(|record| happened("changed", record, HOUR, false)).collect();
        let found = check(&evidence, Status::NoDataFor4Days, Some(CauseKind::Stopped));
        assert!(!found.families[0].covered && found.unannounced_count == 3);
        evidence.ledger = vec![happened("changed", 5, 2 * DAY, false)];
        check(&evidence, Status::NoDataFor4Days, Some(CauseKind::Stopped));
        evidence.refused = vec![refusal(HOUR)];
        check(&evidence, Status::NoDataFor4Days, Some(CauseKind::Refused));
        evidence.ledger.clear();
        check(&evidence, Status::NoDataFor4Days, Some(CauseKind::Quiet));
        evidence.ledger = vec![happened("changed", 5, 2 * DAY, false)];
        evidence.refused = vec![refusal(6 * DAY)];
        check(&evidence, Status::NoDataFor4Days, Some(CauseKind::Stopped));
    }

    #[test]
    fn some_events_never_came() {
        let mut evidence = arrived(HOUR);
        evidence.arrived[10] = silence().arrived.remove(10);
        let found = check(&evidence, Status::Partial, Some(CauseKind::Quiet));
        assert!(found.sentence.contains("Missing: Invoice deleted"), "{}", found.sentence);
        evidence.ledger = vec![Ledgered { family: "invoices".to_owned(), ..happened("deleted", 5, HOUR, false) }];
        check(&evidence, Status::Partial, Some(CauseKind::SetUpWrongly));
    }

    #[test]
    fn all_came() {
        let mut evidence = arrived(HOUR);
        evidence.ledger = vec![happened("changed", 5, 2 * HOUR, true), happened("changed", 6, 2 * HOUR, false)];
        let found = check(&evidence, Status::Successful, None);
        assert_eq!(found.events[0].coverage_24_hours, Coverage { happened: 2, announced: 1, before: 0 });
        assert_eq!(found.unannounced.iter().map(|missed| missed.record).collect::<Vec<_>>(), [6]);
        evidence.ledger = (0..40).map(|record| happened("changed", record, 2 * HOUR, record > 0)).collect();
        assert!(check(&evidence, Status::Successful, None).families[0].covered);
        evidence.arrived[0].unconfirmed = Some(Unconfirmed {
            event: "Ticket Changed".to_owned(),
            times: 3,
            record: Some(9),
            why: Some("HaloPSA refuses the right to read it".to_owned()),
        });
        check(&evidence, Status::Successful, Some(CauseKind::NeverConfirmed));
    }

    #[test]
    fn the_last_change_of_a_record_counts() {
        let mut evidence = arrived(HOUR);
        let later = |entry: Ledgered, number| Ledgered { number, ..entry };
        evidence.ledger = vec![
            happened("changed", 1, 3 * HOUR, false),
            later(happened("changed", 1, 2 * HOUR, true), 2),
            later(happened("changed", 2, 3 * HOUR, true), 3),
            later(happened("changed", 2, 2 * HOUR, false), 4),
        ];
        let found = super::status(&evidence);
        assert_eq!(found.unannounced.iter().map(|missed| missed.record).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_change_of_what_was_told_to_be_new_is_missing_as_change() {
        let mut evidence = arrived(HOUR);
        let new = Ledgered { by_its_event: true, ..happened("created", 1, 2 * HOUR, false) };
        evidence.ledger = vec![new];
        let found = super::status(&evidence);
        assert_eq!(
            found.events[0].coverage_24_hours,
            Coverage { happened: 1, announced: 0, before: 0 },
            "Ticket Changed"
        );
        assert_eq!(found.events[1].coverage_24_hours, Coverage::default(), "New Ticket Logged");
        // A ticket that goes is told by none of the eleven.
        evidence.ledger = vec![happened("deleted", 1, 2 * HOUR, false)];
        assert_eq!(super::status(&evidence).unannounced_count, 0);
    }
}
