//! Tickets, projects and opportunities: one storage, three paths, told apart by the use of their type.

use super::ticket_fields::{FIELDS, OPPORTUNITY_FIELDS, PROJECT_FIELDS};
use super::{Argument, Entity, Param, Rows, Shape, Short, View, find, flag, numbers, portion, text, time};
use crate::rights::Area;
use crate::times::{DAY, EMPTY, MINUTE, Ms};
use crate::world::columns::Cut;
use crate::world::reference::ids;
use crate::world::rows::{Kind, OCCURRED, Ticket, UPDATED};
use crate::world::words;

macro_rules! ticket_entity {
    ($name:ident, $path:literal, $area:ident, $kind:path, $lane:expr, $fields:expr) => {
        pub(crate) static $name: Entity<Ticket> = Entity {
            path: $path,
            key: "tickets",
            shape: Shape::Paged,
            area: Area::$area,
            newest_first: true,
            rows: |view| rows(view, $lane),
            find: |view, id| find(&view.world.tickets, id),
            portion: |world, number| portion(&world.tickets, number),
            belongs: |_, row| row.kind == $kind,
            deleted: |_, row| row.deleted,
            hidden: |_, _| false,
            visible,
            fields: $fields,
            params: PARAMS,
            id_only: "ticketidonly",
            newer_only: false,
        };
    };
}

// Without `domain` the list of tickets also shows the two other kinds.
ticket_entity!(TICKETS, "Tickets", Tickets, Kind::Ticket, 0, &[FIELDS, PROJECT_FIELDS, OPPORTUNITY_FIELDS]);
ticket_entity!(PROJECTS, "Projects", Projects, Kind::Project, Kind::Project as usize, &[FIELDS, PROJECT_FIELDS]);
ticket_entity!(
    OPPORTUNITIES,
    "Opportunities",
    Opportunities,
    Kind::Opportunity,
    Kind::Opportunity as usize,
    &[FIELDS, OPPORTUNITY_FIELDS]
);

/// Whether the agent of the token may see a ticket.
pub(super) fn visible(view: &View<'_>, row: &Ticket) -> bool {
    let rights = view.rights;
    rights.assigned_to(row.agent)
        && rights.ticket_type(row.tickettype)
        && rights.client(row.client)
        && rights.team(row.team, view.department_of(row.team))
}

fn rows<'a>(view: &View<'a>, lane: usize) -> Rows<'a, Ticket> {
    let table = &view.world.tickets;
    let lane = match (lane, view.query.get("domain")) {
        (0, Some("reqs")) => Kind::Ticket as usize,
        (0, Some("prjs")) => Kind::Project as usize,
        (0, Some("opps")) => Kind::Opportunity as usize,
        _ => lane,
    };
    Rows::Lane { table, lane, deleted: view.query.flag("deleted"), cut: None }
}

/// The closed status is recognised by the closure date, as statuses carry no such flag.
fn is_closed(row: &Ticket) -> bool {
    row.closed != EMPTY
}

const PARAMS: &[Param<Ticket>] = &[
    time("lastupdatefromdate", |_, row: &Ticket, from| row.updated >= from.time)
        .short(Short::Cut(|_, from| Some(Cut { column: UPDATED, from: from.time, to: Ms::MAX }))),
    time("lastupdatetodate", |_, row: &Ticket, to| row.updated <= to.time)
        .short(Short::Cut(|_, to| Some(Cut { column: UPDATED, from: Ms::MIN, to: to.time }))),
    numbers("ticketids", |_, row: &Ticket, ids| ids.has(row.id)).short(Short::Ids),
    flag("open_only", |_, row, _| !is_closed(row)),
    flag("closed_only", |_, row, _| is_closed(row)),
    numbers("client_id", |_, row, ids| ids.has(row.client)),
    numbers("client_ids", |_, row, ids| ids.has(row.client)),
    numbers("site_id", |_, row, ids| ids.has(row.site)),
    numbers("user_id", |_, row, ids| ids.has(row.user)),
    numbers("agent_id", |_, row, ids| ids.has(row.agent)),
    numbers("agent", |_, row, ids| ids.has(row.agent)),
    numbers("team", |_, row, ids| ids.has(row.team)),
    text("team_name", |view, row, name| {
        view.world.teams.get(row.team).is_some_and(|team| team.name.to_lowercase() == name.text)
    }),
    numbers("toplevel_id", |_, _, ids| ids.has(1)),
    numbers("requesttype_id", |_, row, ids| ids.has(row.tickettype)),
    numbers("requesttype", |_, row, ids| ids.has(row.tickettype)),
    numbers("status_id", |_, row, ids| ids.has(row.status)),
    numbers("status", |_, row, ids| ids.has(row.status)),
    numbers("priority", |_, row, ids| ids.has(row.priority.into())),
    numbers("sla", |_, row, ids| ids.has(row.sla)),
    numbers("category_1", |_, row, ids| ids.has(row.category_1)),
    numbers("category_2", |_, row, ids| ids.has(row.category_2)),
    numbers("parent_id", |_, row, ids| ids.has(row.parent)),
    numbers("search_id", |_, row: &Ticket, ids| ids.has(row.id)).short(Short::Ids),
    flag("flagged", |_, row, _| row.flagged),
    flag("mine", |view, row, _| row.agent == view.rights.agent),
    flag("unassigned_only", |_, row, _| row.agent == ids::UNASSIGNED),
    text("search", |_, row, search| {
        contains(words::summary(&row.summary), search) || search.text == row.id.to_string()
    }),
    text("search_summary", |_, row, search| contains(words::summary(&row.summary), search)),
    text("search_details", |_, row, search| contains(words::details(&row.details), search)),
    time("startdate", |view, row, from| searched_date(view, row) >= from.time).short(Short::Cut(searched_from)),
    time("enddate", |view, row, to| searched_date(view, row) <= end_of_day(to.time))
        .short(Short::Cut(|view, to| searched_to(view, end_of_day(to.time)))),
    time("startdatetime", |view, row, from| searched_date(view, row) >= from.time).short(Short::Cut(searched_from)),
    time("enddatetime", |view, row, to| searched_date(view, row) <= to.time)
        .short(Short::Cut(|view, to| searched_to(view, to.time))),
];

fn contains(text: &str, search: &Argument) -> bool {
    text.to_lowercase().contains(&search.text)
}

/// The column of the date that `datesearch` names, where the table has one.
fn searched_column(view: &View<'_>) -> Option<usize> {
    match searched(view) {
        "datecleared" | "dateclosed" | "dateassigned" | "deadlinedate" | "fixbydate" | "targetdate" => None,
        "lastactiondate" | "last_update" | "lastupdate" => Some(UPDATED),
        _ => Some(OCCURRED),
    }
}

fn searched_from(view: &View<'_>, from: &Argument) -> Option<Cut> {
    Some(Cut { column: searched_column(view)?, from: from.time.saturating_add(offset(view)), to: Ms::MAX })
}

fn searched_to(view: &View<'_>, to: Ms) -> Option<Cut> {
    Some(Cut { column: searched_column(view)?, from: Ms::MIN, to: to.saturating_add(offset(view)) })
}

fn searched<'a>(view: &View<'a>) -> &'a str {
    view.query.get("datesearch").unwrap_or("dateoccured")
}

fn offset(view: &View<'_>) -> Ms {
    view.query.number("utcoffset").unwrap_or(0).clamp(-900, 900) * MINUTE
}

/// The date that `datesearch` names, moved by `utcoffset` minutes.
fn searched_date(view: &View<'_>, row: &Ticket) -> Ms {
    let at = match searched(view) {
        "datecleared" | "dateclosed" => row.closed,
        "lastactiondate" | "last_update" | "lastupdate" => row.updated,
        "dateassigned" => row.assigned,
        "deadlinedate" | "fixbydate" => row.fix_by,
        "targetdate" => row.target,
        _ => row.occurred,
    };
    at.saturating_sub(offset(view))
}

/// A bare day as the end of a range means that whole day.
pub(crate) fn end_of_day(at: Ms) -> Ms {
    if at.rem_euclid(DAY) == 0 { at + DAY - 1 } else { at }
}
