//! `haloscope webhook status` in words and tables.

use super::output::{grouped, table};
use super::status::iso;
use crate::webhooks::status::{CauseKind, Coverage, EventStatus, Example, WebhookStatus, span};

/// The whole of it.
pub(super) fn text(status: &WebhookStatus) -> String {
    let mut lines = vec![status.title.clone(), status.sentence.clone()];
    if let Some(cause) = &status.cause {
        lines.push(format!("{}: {}", words(cause.cause), cause.sentence));
    }
    lines.extend([String::new(), events(&status.events), String::new(), families(status)]);
    if !status.unannounced.is_empty() {
        lines.push(format!("\nNo delivery told of the last change of {} records:", status.unannounced_count));
        lines.extend(status.unannounced.iter().map(unannounced));
        if status.unannounced_count > status.unannounced.len() as u64 {
            lines.push("All of them: haloscope webhook unannounced".to_owned());
        }
    }
    lines.extend(status.refused.iter().map(|refused| {
        let times = grouped(refused.times.unsigned_abs());
        format!(
            "\nTurned away: {times} requests from {} ({}), last {}",
            refused.source,
            refused.status,
            iso(refused.last_at)
        )
    }));
    lines.extend(status.unknown.iter().map(|unknown| {
        let name = if unknown.words.is_empty() { "without a name" } else { &unknown.words };
        format!(
            "\nUnknown event: {name}, {} times, last {}",
            grouped(unknown.times.unsigned_abs()),
            iso(unknown.last_at)
        )
    }));
    lines.extend(status.recovered.iter().map(|recovered| format!("\n{} ({})", recovered.sentence, iso(recovered.at))));
    if status.waiting > 0 {
        lines.push(format!("\n{} deliveries wait to be followed.", grouped(status.waiting)));
    }
    if status.dead > 0 {
        lines.push(format!(
            "\n{} deliveries could not be followed: haloscope webhook log --state dead, then haloscope webhook replay",
            grouped(status.dead)
        ));
    }
    lines.join("\n")
}

/// A record that no delivery told of.
pub(super) fn unannounced(record: &Example) -> String {
    format!("{} #{}: {}, read {}", record.family, record.record, record.says, iso(record.seen_at))
}

fn words(cause: CauseKind) -> &'static str {
    match cause {
        CauseKind::Refused => "Refused",
        CauseKind::Stopped => "Stopped",
        CauseKind::SetUpWrongly => "Set up wrongly",
        CauseKind::NeverConfirmed => "Never confirmed",
        CauseKind::Quiet => "Quiet",
    }
}

fn events(events: &[EventStatus]) -> String {
    let row = |event: &EventStatus| {
        let cause = event.cause.as_ref().map(|cause| words(cause.cause).to_owned()).unwrap_or_default();
        let rare = if event.rare && event.total == 0 { ", rare" } else { "" };
        vec![
            event.event.clone(),
            event.last_at.map(iso).unwrap_or_else(|| format!("never{rare}")),
            grouped(event.in_24_hours),
            grouped(event.total),
            event.median_delay_ms.map(span_ms).unwrap_or_default(),
            coverage(event.coverage_24_hours),
            cause,
        ]
    };
    let rows: Vec<Vec<String>> = events.iter().map(row).collect();
    table(&["event", "last", "24 h", "total", "delay", "announced in 24 h", "cause"], &[2, 3, 4], &rows)
}

fn families(status: &WebhookStatus) -> String {
    let rows: Vec<Vec<String>> = status
        .families
        .iter()
        .map(|family| {
            let covered = if family.covered { "yes" } else { "no: read more often" };
            let (day, week) = (coverage(family.coverage_24_hours), coverage(family.coverage_7_days));
            vec![family.family.clone(), day, week, covered.to_owned()]
        })
        .collect();
    table(&["records", "announced in 24 h", "in 7 days", "covered"], &[], &rows)
}

/// No share is told of nothing.
fn coverage(coverage: Coverage) -> String {
    let Coverage { announced, before, .. } = coverage;
    let earlier = if before > 0 { format!(", {} before the first event", grouped(before)) } else { String::new() };
    let happened = coverage.since_first();
    if happened == 0 {
        return format!("nothing happened{earlier}");
    }
    // Never 100 % while something is missing.
    let percent = (announced * 1000 / happened) as f64 / 10.0;
    format!("{} of {} ({percent:.1} %){earlier}", grouped(announced), grouped(happened))
}

fn span_ms(milliseconds: i64) -> String {
    if milliseconds < 60_000 { format!("{:.1} s", milliseconds as f64 / 1000.0) } else { span(milliseconds * 1000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_down() {
        let check = |happened, announced, before, text| {
            assert_eq!(coverage(Coverage { happened, announced, before }), text);
        };
        check(415, 412, 0, "412 of 415 (99.2 %)");
        check(425, 412, 10, "412 of 415 (99.2 %), 10 before the first event");
        check(100_000, 99_999, 0, "99 999 of 100 000 (99.9 %)");
        check(0, 0, 0, "nothing happened");
        check(3, 0, 3, "nothing happened, 3 before the first event");
    }
}
