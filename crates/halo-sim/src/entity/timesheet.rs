//! Time entries: a bare array that is never paged; by the time worked, not by the time of change.
//!
//! Without dates the answer covers all agents and the last [`DEFAULT_WINDOW`]; how far HaloPSA itself goes
//! back then is not public. A time entry stays when its ticket is deleted: the time was worked.

use super::ticket::end_of_day;
use super::{Field, Rows, Shape, Short, View, list, numbers, table_entity, time};
use crate::rights::Area;
use crate::times::{DAY, MINUTE, Ms};
use crate::value::V;
use crate::world::columns::Cut;
use crate::world::rows::{STARTED, Ticket, TimeEntry};
use crate::world::words::{self, COLOURS};

const DEFAULT_WINDOW: Ms = 14 * DAY;

table_entity!(TIMESHEET_EVENT: TimeEntry, time_entries {
    path: "TimesheetEvent",
    shape: Shape::Bare,
    area: Area::Timesheets,
    rows: window,
    visible: |view, row| !view.rights.own_time || row.agent == view.rights.agent,
    fields: &[FIELDS],
    params: &[
        time("start_date", |view, row: &TimeEntry, from| shifted(view, row) >= from.time).short(Short::Cut(|view, from| {
            Some(Cut { column: STARTED, from: from.time.saturating_add(offset(view)), to: Ms::MAX })
        })),
        time("end_date", |view, row: &TimeEntry, to| shifted(view, row) <= end_of_day(to.time)).short(Short::Cut(|view, to| {
            Some(Cut { column: STARTED, from: Ms::MIN, to: end_of_day(to.time).saturating_add(offset(view)) })
        })),
        numbers("agents", |_, row, ids| ids.has(row.agent)),
        numbers("agent_id", |_, row, ids| ids.has(row.agent)),
    ],
});

/// Names and numbers of the client and the ticket are joined through `ticket_id`.
const FIELDS: &[Field<TimeEntry>] = &[
    list("id", |_, row| V::id(row.id)),
    list("event_type", |_, row| V::Int(i64::from(row.break_type > 0))),
    list("subject", |view, row| match view.ticket(row.ticket) {
        Some(ticket) => V::owned(format!("{:07} {}", ticket.id, words::summary(&ticket.summary))),
        None => V::text(row.note.as_deref().unwrap_or_default()),
    }),
    list("start_date", |_, row| V::Date(row.start)),
    list("end_date", |_, row| V::Date(row.start + Ms::from(row.minutes) * MINUTE)),
    list("timetaken", |_, row| super::hours(row.minutes)),
    list("traveltime", |_, _| V::Num(0.0)),
    list("mileage", |_, _| V::Int(0)),
    list("agent_id", |_, row| V::id(row.agent)),
    list("is_all_day", |_, _| V::Bool(false)),
    list("break_type", |_, row| V::Int(row.break_type.into())),
    list("break_note", |_, row| V::text(if row.break_type > 0 { row.note.as_deref().unwrap_or_default() } else { "" })),
    list("ticket_id", |_, row| V::id(row.ticket)),
    list("action_number", |_, row| V::Int(row.action.into())),
    list("action_invoice_number", |_, _| V::Int(0)),
    list("note", |view, row| {
        view.action(row.ticket, row.action).map_or(V::text(""), |action| V::text(words::note(&action.note)))
    }),
    list("customer", |view, row| view.client_name(of(view, row, |ticket| ticket.client))),
    list("client_id", |view, row| V::id(of(view, row, |ticket| ticket.client))),
    list("site_id", |view, row| V::id(of(view, row, |ticket| ticket.site))),
    list("tickettype_id", |view, row| V::id(of(view, row, |ticket| ticket.tickettype))),
    list("contract_id", |view, row| V::id(view.contract(of(view, row, |ticket| ticket.contract)))),
    list("charge_rate", |_, row| V::id(charge_rate(row))),
    list("charge_type_name", |view, row| {
        let rate = 17 * 1_000 + i64::from(charge_rate(row));
        view.world.lookups.get(rate).map_or(V::text(""), |rate| V::text(&rate.name))
    }),
    list("charge_type_colour", |_, row| V::text(COLOURS[charge_rate(row).unsigned_abs() as usize])),
    list("holiday_id", |_, _| V::Int(0)),
];

/// All entries, or those of the last days when the query names no start.
fn window<'a>(view: &View<'a>) -> Rows<'a, TimeEntry> {
    let recent = Cut { column: STARTED, from: view.now - DEFAULT_WINDOW, to: Ms::MAX };
    let cut = view.query.get("start_date").is_none().then_some(recent);
    Rows::Lane { table: &view.world.time_entries, lane: 0, deleted: false, cut }
}

/// `utcoffset` moves the window by minutes.
fn shifted(view: &View<'_>, row: &TimeEntry) -> Ms {
    row.start.saturating_sub(offset(view))
}

fn offset(view: &View<'_>) -> Ms {
    view.query.number("utcoffset").unwrap_or(0).clamp(-900, 900) * MINUTE
}

fn of(view: &View<'_>, row: &TimeEntry, id: fn(&Ticket) -> i32) -> i32 {
    view.ticket(row.ticket).map_or(0, id)
}

/// One visit in ten is on site.
pub(crate) fn charge_rate(row: &TimeEntry) -> i32 {
    match row.ticket {
        0 => 0,
        ticket => 1 + i32::from((ticket + i32::from(row.action)) % 10 == 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::tests::listed;
    use crate::times;
    use crate::world::World;

    #[test]
    fn the_window_holds_what_a_scan_finds() {
        let now = times::parse("2026-11-24T17:00:00").unwrap();
        let mut world = World::new(3, now, 400);
        crate::mutate::mutate(&mut world, now, 1, 300);
        let scan = |from: Ms, to: Ms| {
            let starts = world.time_entries.live().filter(|row| (from..=to).contains(&row.start));
            starts.map(|row| i64::from(row.id)).collect::<Vec<_>>()
        };
        let at = |text: &str| times::parse(text).unwrap();
        for (query, from, to) in [
            ("", now - 14 * DAY, Ms::MAX),
            ("start_date=2026-11-01", at("2026-11-01"), Ms::MAX),
            ("start_date=2025-02-03&end_date=2025-03-01", at("2025-02-03"), at("2025-03-01T23:59:59.999")),
            ("start_date=2025-02-03T10:00&utcoffset=-60", at("2025-02-03T09:00"), Ms::MAX),
            ("start_date=1900-01-01", Ms::MIN, Ms::MAX),
        ] {
            assert_eq!(listed(&world, now, &TIMESHEET_EVENT, query), scan(from, to), "{query}");
        }
    }
}
