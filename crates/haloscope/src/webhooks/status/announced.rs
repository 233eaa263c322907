//! Of what reading showed, what deliveries announced. Pure.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::{Coverage, Example};
use crate::store::Ledgered;
use crate::webhooks::events::{EVENTS, Event, Says};

/// How long a delivery may take before a record counts as unannounced, microseconds.
pub(super) const GRACE: i64 = 30_000_000;

/// The event that should have told of an entry, or should still tell; none where none does.
fn event_of(entry: &Ledgered) -> Option<&'static Event> {
    // That a record is new was told; what is missing is a change of it.
    let told = entry.says == Says::Created.as_str() && entry.by_its_event && entry.announced_at.is_none();
    let says = if told { Says::Changed.as_str() } else { &entry.says };
    EVENTS.iter().find(|event| event.family.name == entry.family && event.says.as_str() == says)
}

/// Whether the event that should have told of an entry did.
pub(super) fn was_told(entry: &Ledgered) -> bool {
    let announced = entry.announced_at.is_some();
    match entry.says.as_str() {
        "changed" => announced,
        "created" => announced && entry.by_its_event,
        _ => entry.by_its_event,
    }
}

/// Entries that can be judged: a delivery may still be on its way to the latest ones.
pub(super) fn judged<'e>(evidence: &'e Evidence, event: &'e Event) -> impl Iterator<Item = &'e Ledgered> {
    let since = evidence.made_at.unwrap_or(i64::MAX);
    evidence.ledger.iter().filter(move |entry| {
        let is_due = was_told(entry) || evidence.now - entry.seen_at >= GRACE;
        is_due && entry.happened_at >= since && event_of(entry).is_some_and(|own| std::ptr::eq(own, event))
    })
}

pub(super) fn coverage<'e>(evidence: &Evidence, entries: impl Iterator<Item = &'e Ledgered>) -> Coverage {
    let is_before = |entry: &Ledgered| evidence.first_at.is_some_and(|first| entry.happened_at < first);
    entries.fold(Coverage::default(), |sum, entry| {
        let announced = was_told(entry);
        sum.plus(Coverage {
            happened: 1,
            announced: u64::from(announced),
            before: u64::from(!announced && is_before(entry)),
        })
    })
}

/// The record of the latest entry, and how many records there are.
pub(super) fn records(entries: &[&Ledgered]) -> (u64, Option<Example>) {
    let latest: BTreeMap<i64, &Ledgered> = entries.iter().map(|entry| (entry.record, *entry)).collect();
    (latest.len() as u64, entries.iter().max_by_key(|entry| entry.number).map(|entry| example(entry)))
}

fn example(entry: &Ledgered) -> Example {
    Example {
        family: entry.family.clone(),
        record: entry.record,
        says: entry.says.clone(),
        happened_at: entry.happened_at,
        seen_at: entry.seen_at,
    }
}

/// Records whose last change was not announced, the latest first.
pub(super) fn unannounced(evidence: &Evidence) -> Vec<Example> {
    let mut last: BTreeMap<(&str, i64), &Ledgered> = BTreeMap::new();
    for entry in evidence.ledger.iter().filter(|entry| event_of(entry).is_some()) {
        last.insert((&entry.family, entry.record), entry);
    }
    let since = evidence.made_at.unwrap_or(i64::MAX);
    let mut missed: Vec<&Ledgered> = last
        .into_values()
        .filter(|entry| entry.announced_at.is_none() && evidence.now - entry.seen_at >= GRACE)
        .filter(|entry| entry.happened_at >= since)
        .collect();
    missed.sort_by_key(|entry| std::cmp::Reverse(entry.number));
    missed.into_iter().map(example).collect()
}
