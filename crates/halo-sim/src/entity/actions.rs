//! What was done on one ticket. Numbers restart at 1 on each ticket; a list without `ticket_id` is empty.

use super::ticket::end_of_day;
use super::ticket_fields::{contract_ref, escape};
use super::{Entity, Field, Found, Rows, Shape, View, flag, hours, list, numbers, pounds, text, time, with};
use crate::rights::Area;
use crate::rng;
use crate::times::{EMPTY, MINUTE, Ms};
use crate::value::V;
use crate::world::commerce::trace;
use crate::world::rows::{Action, Kind, Ticket};
use crate::world::words;

/// Pence that an hour of labour is charged at.
const HOURLY: i64 = 11_000;

pub(crate) static ACTIONS: Entity<Action> = Entity {
    path: "Actions",
    key: "actions",
    shape: Shape::Unpaged,
    area: Area::Tickets,
    newest_first: true,
    rows: |view| Rows::Live(ticket(view).map_or(&[], |ticket| &ticket.actions)),
    find: |view, id| match id.parse::<i32>() {
        Ok(id) => ticket(view)
            .and_then(|ticket| ticket.live_actions().find(|action| i32::from(action.id) == id))
            .map_or(Found::Missing, Found::Row),
        Err(_) => Found::BadId,
    },
    portion: |world, number| world.tickets.rows().get(number).map(|ticket| ticket.actions.as_slice()),
    belongs: |_, _| true,
    deleted: |world, row| row.deleted || world.tickets.alive(row.ticket).is_none(),
    hidden: |_, _| false,
    visible: |view, row| view.world.tickets.get(row.ticket).is_some_and(|ticket| super::ticket::visible(view, ticket)),
    fields: &[FIELDS],
    params: &[
        time("startdate", |_, row, from| row.at >= from.time),
        time("enddate", |_, row, to| row.at <= end_of_day(to.time)),
        flag("excludesys", |_, row, _| row.outcome != 12 && row.outcome != 15),
        flag("agentonly", |_, row, _| row.agent > 0),
        flag("excludeprivate", |_, row, _| !row.private),
        flag("conversationonly", |_, row, _| !row.private),
        flag("timeentriesonly", |_, row, _| row.minutes > 0),
        flag("excludebilling", |_, row, _| !row.billable),
        flag("importantonly", |_, _, _| false),
        numbers("actoutcomenum", |_, row, ids| ids.has(row.outcome.into())),
        text("actoutcome", |view, row, name| {
            view.world.outcomes.get(row.outcome).is_some_and(|outcome| outcome.name.to_lowercase() == name.text)
        }),
    ],
    id_only: "",
    newer_only: false,
};

fn ticket<'a>(view: &View<'a>) -> Option<&'a Ticket> {
    view.world.tickets.alive(view.query.number("ticket_id")?)
}

const FIELDS: &[Field<Action>] = &[
    list("ticket_id", |_, row| V::id(row.ticket)),
    list("id", |_, row| V::Int(row.id.into())),
    list("guid", |view, row| {
        let number = i64::from(row.ticket) << 16 | i64::from(row.id);
        V::owned(rng::guid(view.world.seed, "action", number))
    }),
    list("outcome", |view, row| view.outcome_name(row.outcome)),
    list("outcome_id", |_, row| V::Int(row.outcome.into())),
    list("who", |view, row| match row.agent {
        0 => view.user_name(user(view, row)),
        agent => view.agent_name(agent),
    }),
    list("who_type", |_, row| V::Int(i64::from(row.agent > 0))),
    list("who_agentid", |_, row| V::id(row.agent)),
    list("actionby_agent_id", |_, row| V::id(row.agent)),
    list("actionby_user_id", |view, row| V::id(if row.agent == 0 { user(view, row) } else { 0 })),
    list("datetime", |_, row| V::Date(row.at)),
    list("actiondatecreated", |_, row| V::Date(row.at)),
    list("last_updated", |_, row| V::Date(row.edited)),
    list("actionarrivaldate", |_, row| V::Date(if row.minutes > 0 { ended(row) - worked(row) } else { EMPTY })),
    list("actioncompletiondate", |_, row| V::Date(if row.minutes > 0 { ended(row) } else { EMPTY })),
    list("note", |_, row| V::text(words::note(&row.note))),
    with("note_html", "includehtmlnote", |_, row| V::owned(format!("<p>{}</p>", escape(words::note(&row.note))))),
    with("emailbody_html", "includehtmlemail", |_, row| {
        V::owned(if mail(row).is_empty() {
            String::new()
        } else {
            format!("<p>{}</p>", escape(words::note(&row.note)))
        })
    }),
    list("timetaken", |_, row| hours(row.minutes)),
    list("timetakenadjusted", |_, row| hours(row.minutes)),
    list("timetakendays", |_, row| V::Num(f64::from(row.minutes) / 450.0)),
    list("nonbilltime", |_, row| hours(if row.billable { 0 } else { row.minutes })),
    list("traveltime", |_, _| V::Num(0.0)),
    list("mileage", |_, _| V::Num(0.0)),
    list("actionchargehours", |_, row| hours(if row.billable { row.minutes } else { 0 })),
    list("actionnonchargehours", |_, row| hours(if row.billable { 0 } else { row.minutes })),
    list("actionprepayhours", |_, _| V::Num(0.0)),
    list("actionchargeamount", |_, row| pounds(if row.billable { i64::from(row.minutes) * HOURLY / 60 } else { 0 })),
    list("actionnonchargeamount", |_, _| V::Num(0.0)),
    list("actionprepayamount", |_, _| V::Num(0.0)),
    list("chargerate", |_, _| V::Int(1)),
    list("travel_chargerate", |_, _| V::Int(0)),
    list("actisbillable", |_, row| V::Bool(row.billable)),
    list("actisreadyforprocessing", |_, _| V::Bool(false)),
    list("actreviewed", |_, _| V::Bool(false)),
    list("actprocesseddate", |_, _| V::Date(EMPTY)),
    list("actioninvoicenumber", |_, _| V::text("0")),
    list("action_contract_id", |view, row| {
        V::id(view.ticket(row.ticket).map_or(0, |ticket| view.contract(ticket.contract)))
    }),
    list("action_contract_ref", |view, row| V::owned(view.ticket(row.ticket).map_or_else(String::new, contract_ref))),
    list("project_id", |view, row| {
        V::id(view.ticket(row.ticket).filter(|ticket| ticket.kind == Kind::Project).map_or(0, |ticket| ticket.id))
    }),
    list("hiddenfromuser", |_, row| V::Bool(row.private)),
    list("important", |_, _| V::Bool(false)),
    list("old_status", |_, row| V::Int(row.old_status.into())),
    list("new_status", |_, row| V::Int(row.new_status.into())),
    list("new_status_name", |view, row| view.status_name(row.new_status.into())),
    list("emaildirection", |_, row| V::text(mail(row))),
    list("emailfrom", |view, row| match mail(row) {
        "I" => view.user_email(user(view, row)),
        "O" => V::text("support@demomsp.example"),
        _ => V::text(""),
    }),
    list("emailto", |view, row| match mail(row) {
        "I" => V::text("support@demomsp.example"),
        "O" => view.user_email(user(view, row)),
        _ => V::text(""),
    }),
    list("emailsubject", |view, row| match (mail(row), view.ticket(row.ticket)) {
        ("", _) | (_, None) => V::text(""),
        (_, Some(ticket)) => V::text(words::summary(&ticket.summary)),
    }),
    list("attachment_count", |_, row| V::Int(trace::has_file(row).into())),
    list("customfields", |_, _| V::Raw(b"[]".to_vec())),
];

/// When the work ended, which may be before it was written down.
fn ended(row: &Action) -> Ms {
    row.at - Ms::from(row.late) * MINUTE
}

fn worked(row: &Action) -> Ms {
    Ms::from(row.minutes) * MINUTE
}

fn user(view: &View<'_>, row: &Action) -> i32 {
    view.ticket(row.ticket).map_or(1, |ticket| ticket.user)
}

/// `I` for mail in, `O` for mail out, nothing for the rest.
fn mail(row: &Action) -> &'static str {
    match row.outcome {
        -1 => "I",
        1 => "O",
        _ => "",
    }
}
