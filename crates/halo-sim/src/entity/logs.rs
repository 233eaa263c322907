//! Change logs and the activity stream: rows that are only ever added.

use super::{Field, Rows, Shape, View, list, numbers, table_entity, text, time};
use crate::rights::Area;
use crate::value::V;
use crate::world::rows::{Activity, Change};
use crate::world::words;

table_entity!(FEED: Activity, feed {
    path: "Feed",
    shape: Shape::Bare,
    area: Area::Tickets,
    newest_first: true,
    rows: stream,
    visible: |view, row| view.world.tickets.get(row.ticket).is_some_and(|ticket| super::ticket::visible(view, ticket)),
    fields: &[FEED_FIELDS],
    params: &[
        numbers("related_client_id", |view, row, ids| {
            view.ticket(row.ticket).is_some_and(|ticket| ids.has(ticket.client))
        }),
        super::flag("agent_only", |view, row, _| view.action(row.ticket, row.action).is_some_and(|row| row.agent > 0)),
    ],
    newer_only: true,
});

/// Rows of the stream when neither a place in it nor a number is asked for.
const LATEST: usize = 50;

/// The part of the stream between `newer_than_id` and `older_than_id`, of it the latest `count`. How many
/// HaloPSA gives unasked is not public.
fn stream<'a>(view: &View<'a>) -> Rows<'a, Activity> {
    let (rows, lane) = (view.world.feed.rows(), view.world.feed.lane(0));
    let place = |id: i64| lane.partition_point(|position| i64::from(rows[*position as usize].id) < id);
    let newer = view.query.number("newer_than_id");
    let start = newer.map_or(0, |id| place(id.saturating_add(1)));
    let end = view.query.number("older_than_id").map_or(lane.len(), place).max(start);
    let count = view.query.number("count").and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0);
    let count = count.unwrap_or(if newer.is_some() { usize::MAX } else { LATEST });
    Rows::Picked(rows, &lane[start.max(end.saturating_sub(count))..end])
}

/// `content_id1` is the ticket and `content_id2` the action on it; HaloPSA does not document these two.
const FEED_FIELDS: &[Field<Activity>] = &[
    list("id", |_, row| V::id(row.id)),
    list("datetime", |_, row| V::Date(row.at)),
    list("entitytype", |_, _| V::Int(1)),
    list("content_id1", |_, row| V::id(row.ticket)),
    list("content_id2", |_, row| V::Int(row.action.into())),
    list("outcome", |view, row| match view.action(row.ticket, row.action) {
        Some(action) => view.outcome_name(action.outcome),
        None => V::text(""),
    }),
    list("note", |view, row| match view.action(row.ticket, row.action) {
        Some(action) => V::text(words::note(&action.note)),
        None => V::text(""),
    }),
    list("agent_id", |view, row| V::id(view.action(row.ticket, row.action).map_or(0, |action| action.agent))),
    list("user_id", |view, row| V::id(view.ticket(row.ticket).map_or(0, |ticket| ticket.user))),
];

table_entity!(USER_CHANGE: Change, user_changes {
    path: "UserChange",
    key: "changes",
    area: Area::Users,
    newest_first: true,
    fields: &[USER_FIELDS],
    params: &[
        time("change_date", |_, row, from| row.at >= from.time),
    ],
});

const USER_FIELDS: &[Field<Change>] = &[
    list("id", |_, row| V::id(row.id)),
    list("user_id", |_, row| V::id(row.record)),
    list("datetime", |_, row| V::Date(row.at)),
    list("field_name", |_, row| V::text(row.field)),
    list("old_value", |_, row| V::text(&row.old)),
    list("new_value", |_, row| V::text(&row.new)),
];

table_entity!(INVOICE_CHANGE: Change, invoice_changes {
    path: "InvoiceChange",
    key: "changehistory",
    area: Area::Invoices,
    newest_first: true,
    fields: &[INVOICE_FIELDS],
    params: &[
        numbers("invoice_id", |_, row, ids| ids.has(row.record)),
        numbers("line_id", |_, row, ids| ids.has(row.line)),
        numbers("type_id", |_, row, ids| ids.has(i32::from(row.line > 0))),
        text("search", |_, row, search| row.field.contains(search.text.as_str())),
    ],
});

const INVOICE_FIELDS: &[Field<Change>] = &[
    list("id", |_, row| V::id(row.id)),
    list("invoice_id", |_, row| V::id(row.record)),
    list("invoice_line_id", |_, row| V::id(row.line)),
    list("type_id", |_, row| V::Int(i64::from(row.line > 0))),
    list("field_name", |_, row| V::text(row.field)),
    list("old_value", |_, row| V::text(&row.old)),
    list("new_value", |_, row| V::text(&row.new)),
    list("who", |_, _| V::text("System")),
    list("datetime", |_, row| V::Date(row.at)),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::tests::listed;
    use crate::times;
    use crate::world::World;

    #[test]
    fn the_stream_is_cut_by_place_and_number() {
        let now = times::parse("2026-11-24T17:00:00").unwrap();
        let world = World::new(3, now, 100);
        let last = i64::from(world.feed.rows().last().unwrap().id);
        let nothing = last + 1..=last;
        for (query, ids) in [
            (String::new(), last - 49..=last),
            ("count=3".into(), last - 2..=last),
            (format!("newer_than_id={}", last - 5), last - 4..=last),
            ("newer_than_id=7&older_than_id=10".into(), 8..=9),
            ("older_than_id=10&count=2".into(), 8..=9),
            ("older_than_id=1".into(), nothing.clone()),
            (format!("newer_than_id={}", i64::MAX), nothing),
        ] {
            assert_eq!(listed(&world, now, &FEED, &query), ids.collect::<Vec<_>>(), "{query}");
        }
    }
}
