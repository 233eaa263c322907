//! What actions leave behind: files and the audit of status changes. Both are lists of one ticket, as the
//! actions themselves: without `ticket_id` they are empty.

use super::{Entity, Field, Found, Rows, Shape, View, list, numbers, single, ticket};
use crate::rights::Area;
use crate::rng;
use crate::value::V;
use crate::world::commerce::trace;
use crate::world::rows::{Action, Ticket};

/// A kind of record that is read from actions.
macro_rules! from_actions {
    ($name:ident, $path:literal, $key:literal, $is:expr, $fields:expr) => {
        pub(crate) static $name: Entity<Action> = Entity {
            path: $path,
            key: $key,
            shape: Shape::Paged,
            area: Area::Tickets,
            newest_first: false,
            rows: |view| {
                Rows::Chosen(
                    asked(view).map_or_else(Vec::new, |ticket| ticket.live_actions().filter(|row| $is(*row)).collect()),
                )
            },
            find: |view, id| match id.parse::<i64>() {
                Ok(id) => {
                    let action = view.world.action_of(id).filter(|row| $is(*row) && !row.deleted);
                    let action = action.filter(|row| view.world.tickets.alive(row.ticket).is_some());
                    action.map_or(Found::Missing, Found::Row)
                }
                Err(_) => Found::BadId,
            },
            portion: |world, number| world.tickets.rows().get(number).map(|ticket| ticket.actions.as_slice()),
            belongs: |_, row| $is(row),
            deleted: |world, row| row.deleted || world.tickets.alive(row.ticket).is_none(),
            hidden: |_, _| false,
            visible: |view, row| view.sees_ticket(row.ticket),
            fields: $fields,
            params: &[numbers("action_id", |_, row, ids| ids.has(row.id.into()))],
            id_only: "",
            newer_only: false,
        };
    };
}

from_actions!(ATTACHMENT, "Attachment", "attachments", trace::has_file, &[ATTACHMENT_FIELDS]);
from_actions!(AUDIT, "Audit", "audit", trace::is_audited, &[AUDIT_FIELDS]);

/// The ticket asked for, by either of the names that HaloPSA has for it here.
fn asked<'a>(view: &View<'a>) -> Option<&'a Ticket> {
    let id = view.query.number("ticket_id").or_else(|| view.query.number("unique_id"))?;
    view.world.tickets.alive(id).filter(|row| ticket::visible(view, row))
}

const ATTACHMENT_FIELDS: &[Field<Action>] = &[
    list("id", |_, row| V::Int(trace::number(row))),
    list("filename", |_, row| V::owned(format!("{}-{}.{}", file(row).0, row.ticket, file(row).1))),
    list("desc", |_, _| V::text("")),
    list("note", |_, _| V::text("")),
    list("filesize", |_, row| V::Int(i64::try_from(1_200 + trace::mixed(row) % 900_000).unwrap_or_default())),
    list("type", |_, _| V::Int(0)),
    list("unique_id", |_, row| V::id(row.ticket)),
    list("isimage", |_, row| V::Bool(file(row).1 == "png")),
    list("showforusers", |_, row| V::Bool(!row.private)),
    list("ticket_id", |_, row| V::id(row.ticket)),
    list("action_id", |_, row| V::Int(row.id.into())),
    list("datecreated", |_, row| V::Date(row.at)),
    single("content_type", |_, row| V::text(file(row).2)),
    single("agent_id", |_, row| V::id(row.agent)),
    single("user_id", |view, row| {
        V::id(if row.agent > 0 { 0 } else { view.ticket(row.ticket).map_or(0, |ticket| ticket.user) })
    }),
    single("last_updated", |_, row| V::Date(row.at)),
    single("guid", |view, row| V::owned(rng::guid(view.world.seed, "attachment", trace::number(row)))),
];

/// Name, ending and kind of an action's file.
fn file(row: &Action) -> (&'static str, &'static str, &'static str) {
    match trace::mixed(row) / 7 % 4 {
        0 => ("screenshot", "png", "image/png"),
        1 => ("invoice", "pdf", "application/pdf"),
        2 => ("log", "txt", "text/plain"),
        _ => ("photo", "png", "image/png"),
    }
}

/// Only changes of status; HaloPSA's audit holds every field.
const AUDIT_FIELDS: &[Field<Action>] = &[
    list("id", |_, row| V::Int(trace::number(row))),
    list("ticket_id", |_, row| V::id(row.ticket)),
    list("agent_id", |_, row| V::id(row.agent)),
    list("date", |_, row| V::Date(row.at)),
    list("value", |_, _| V::text("Status")),
    list("from", |view, row| view.status_name(row.old_status.into())),
    list("to", |view, row| view.status_name(row.new_status.into())),
    list("table_name", |_, _| V::text("FAULTS")),
    list("id1", |_, row| V::Int(row.old_status.into())),
    list("id2", |_, row| V::Int(row.new_status.into())),
    list("clientid", |view, row| V::id(view.ticket(row.ticket).map_or(0, |ticket| ticket.client))),
    list("user_id", |view, row| {
        V::id(if row.agent > 0 { 0 } else { view.ticket(row.ticket).map_or(0, |ticket| ticket.user) })
    }),
    list("username", |view, row| {
        view.ticket(row.ticket).filter(|_| row.agent == 0).map_or(V::text(""), |ticket| view.user_name(ticket.user))
    }),
    list("actoutcome", |view, row| view.outcome_name(row.outcome)),
];
