//! What is written down besides tickets, and what customers say: articles, reports, notes, feedback, calls.

use super::assets::both;
use super::ticket_fields::escape;
use super::{
    Entity, Field, Found, Rows, Shape, View, hours, list, numbers, portion, single, table_entity, text, ticket,
};
use crate::rights::Area;
use crate::rng;
use crate::times::MINUTE;
use crate::value::V;
use crate::world::commerce::rows::{Area as TicketArea, Article, Note, Report, TopLevel};
use crate::world::commerce::trace;
use crate::world::rows::{Kind, Ticket};
use crate::world::words;

table_entity!(KB_ARTICLE: Article, commerce.articles {
    path: "KBArticle",
    key: "articles",
    area: Area::Knowledge,
    hidden: |view, row| row.inactive && !both(view),
    fields: &[ARTICLE_FIELDS],
    params: &[
        numbers("type", |_, _, ids| ids.has(0)),
        text("search", |_, row, search| {
            row.name.to_lowercase().contains(&search.text) || row.tags.contains(&*search.text)
        }),
    ],
    id_only: "",
});

const ARTICLE_FIELDS: &[Field<Article>] = &[
    list("id", |_, row| V::id(row.id)),
    list("name", |_, row| V::text(&row.name)),
    list("description", |_, row| V::text(&row.problem)),
    list("resolution", |_, row| V::text(&row.answer)),
    list("type", |_, _| V::Int(0)),
    list("tag_string", |_, row| V::text(&row.tags)),
    list("inactive", |_, row| V::Bool(row.inactive)),
    list("view_count", |_, row| V::id(row.views)),
    list("useful_count", |_, row| V::id(row.useful)),
    list("notuseful_count", |_, row| V::id(row.useless)),
    list("date_created", |_, row| V::Date(row.created)),
    list("date_edited", |_, row| V::Date(row.edited)),
    list("next_review_date", |_, _| V::Date(crate::times::EMPTY)),
    list("use", |_, _| V::text("kbentry")),
    single("creator_id", |_, row| V::id(row.author)),
    single("creator_name", |view, row| view.agent_name(row.author)),
    single("editor_id", |_, row| V::id(row.author)),
    single("editor_name", |view, row| view.agent_name(row.author)),
    single("description_html", |_, row| V::owned(format!("<p>{}</p>", escape(&row.problem)))),
    single("resolution_html", |_, row| V::owned(format!("<p>{}</p>", escape(&row.answer)))),
];

table_entity!(REPORT: Report, commerce.reports {
    path: "Report",
    key: "reports",
    area: Area::Reporting,
    fields: &[REPORT_FIELDS],
    params: &[
        numbers("reportgroup_id", |_, row, ids| ids.has(group(row))),
        text("search", |_, row, search| row.name.to_lowercase().contains(&search.text)),
    ],
    id_only: "",
});

const REPORT_FIELDS: &[Field<Report>] = &[
    list("id", |_, row| V::id(row.id)),
    list("name", |_, row| V::text(&row.name)),
    list("description", |_, row| V::text(&row.name)),
    list("type", |_, _| V::Int(0)),
    list("group_id", |_, row| V::id(group(row))),
    list("group_name", |_, row| V::text(&row.group)),
    list("datasource_id", |_, _| V::Int(0)),
    list("restrictaccess", |_, _| V::Bool(false)),
    list("systemreportid", |_, _| V::Int(0)),
    list("mainentity", |_, _| V::text("")),
    list("canbeaccessedbyallusers", |_, _| V::Bool(true)),
    single("sql", |_, row| V::text(&row.sql)),
    single("is_published", |_, _| V::Bool(false)),
    single("client_id", |_, _| V::Int(0)),
];

fn group(row: &Report) -> i32 {
    match &*row.group {
        "Service desk" => 1,
        "Finance" => 2,
        _ => 3,
    }
}

table_entity!(CRM_NOTE: Note, commerce.notes {
    path: "CRMNote",
    key: "actions",
    shape: Shape::Unpaged,
    area: Area::Crm,
    newest_first: true,
    // As with actions: without the record they hang on the list is empty.
    hidden: |view, _| view.query.number("client_id").is_none(),
    visible: |view, row| view.rights.client(row.client),
    fields: &[NOTE_FIELDS],
    params: &[numbers("client_id", |_, row, ids| ids.has(row.client))],
    id_only: "",
});

const NOTE_FIELDS: &[Field<Note>] = &[
    list("id", |_, row| V::id(row.id)),
    list("client_id", |_, row| V::id(row.client)),
    list("supplier_id", |_, _| V::Int(0)),
    list("site_id", |_, _| V::Int(0)),
    list("user_id", |_, _| V::Int(0)),
    list("invoice_id", |_, _| V::Int(0)),
    list("quote_id", |_, _| V::Int(0)),
    list("ticketid", |_, _| V::Int(0)),
    list("datetime", |_, row| V::Date(row.at)),
    list("who_agentid", |_, row| V::id(row.agent)),
    list("note", |_, row| V::text(&row.text)),
    list("detail", |_, _| V::text("")),
    list("timetaken", |_, _| V::Num(0.0)),
    list("nextcalldate", |_, _| V::Date(crate::times::EMPTY)),
];

/// A kind of record that is read from tickets.
macro_rules! from_tickets {
    ($name:ident, $path:literal, $key:literal, $shape:expr, $is:expr, $number:expr, $fields:expr) => {
        pub(crate) static $name: Entity<Ticket> = Entity {
            path: $path,
            key: $key,
            shape: $shape,
            area: Area::Tickets,
            newest_first: false,
            rows: |view| {
                let table = &view.world.tickets;
                let tickets = table.lane(Kind::Ticket as usize).iter().map(|place| &table.rows()[*place as usize]);
                Rows::Chosen(tickets.filter(|row| $is(view, *row)).collect())
            },
            find: |view, id| match id.parse::<i32>() {
                Ok(id) => {
                    let ticket = view.world.tickets.alive(i64::from(id) - $number);
                    ticket.filter(|row| $is(view, *row)).map_or(Found::Missing, Found::Row)
                }
                Err(_) => Found::BadId,
            },
            portion: |world, number| portion(&world.tickets, number),
            belongs: |view, row| $is(view, row),
            deleted: |_, row| row.deleted,
            hidden: |_, _| false,
            visible: ticket::visible,
            fields: $fields,
            params: &[],
            id_only: "",
            newer_only: false,
        };
    };
}

/// What is added to a ticket's number to get that of its feedback, and that of its call.
const FEEDBACK_NUMBER: i64 = -trace::FEEDBACK_OFFSET;
const CALL_NUMBER: i64 = 30_000;

from_tickets!(FEEDBACK, "Feedback", "", Shape::Bare, is_rated, FEEDBACK_NUMBER, &[FEEDBACK_FIELDS]);
from_tickets!(CALL_LOG, "CallLog", "calllog", Shape::Unpaged, is_call, CALL_NUMBER, &[CALL_FIELDS]);

fn is_rated(view: &View<'_>, row: &Ticket) -> bool {
    trace::is_rated(row) && trace::rated_at(row) <= view.now
}

fn is_call(_: &View<'_>, row: &Ticket) -> bool {
    trace::is_call(row)
}

/// One row for each ticket that somebody rated: 1 is best.
const FEEDBACK_FIELDS: &[Field<Ticket>] = &[
    list("id", |_, row| V::Int(trace::feedback_number(row.id))),
    list("ticket_id", |_, row| V::id(row.id)),
    list("score", |_, row| V::Int(row.satisfaction.into())),
    list("score_band", |_, row| V::Int(row.satisfaction.into())),
    list("comment", |_, row| V::text(COMMENTS[usize::from(row.satisfaction.min(5))])),
    list("date", |_, row| V::Date(trace::rated_at(row))),
    list("user_message", |_, _| V::text("")),
    list("feedback_faultid", |_, _| V::Int(0)),
];

const COMMENTS: [&str; 6] = ["", "Quick and clear", "", "Took too long", "Had to ask twice", "Not solved"];

/// One row for each ticket that began with a call.
const CALL_FIELDS: &[Field<Ticket>] = &[
    list("id", |_, row| V::Int(i64::from(row.id) + CALL_NUMBER)),
    list("start_date", |_, row| V::Date(row.occurred)),
    list("end_date", |_, row| V::Date(row.occurred + trace::call_minutes(row) * MINUTE)),
    list("timetaken", |_, row| hours(i32::try_from(trace::call_minutes(row)).unwrap_or_default())),
    list("agent_id", |_, row| V::id(row.agent)),
    list("client_id", |_, row| V::id(row.client)),
    list("client_name", |view, row| view.client_name(row.client)),
    list("site_id", |_, row| V::id(row.site)),
    list("site_name", |view, row| view.site_name(row.site)),
    list("user_id", |_, row| V::id(row.user)),
    list("user_name", |view, row| view.user_name(row.user)),
    list("callerid", |view, row| view.world.users.get(row.user).map_or(V::text(""), |user| V::text(&user.phone))),
    list("caller_name", |view, row| view.user_name(row.user)),
    list("diallednumber", |_, _| V::text("+44 20 7946 0000")),
    list("outcome_id", |_, _| V::Int(0)),
    list("ticket_id", |_, row| V::id(row.id)),
    list("action_number", |_, _| V::Int(1)),
    list("summary", |_, row| V::text(words::summary(&row.summary))),
    list("note", |_, _| V::text("")),
    // HaloPSA's own numbers are not public.
    list("call_status", |_, _| V::Int(2)),
    list("call_direction", |_, _| V::Int(0)),
    list("third_party_id", |_, _| V::text("")),
    list("calllog_attachment_count", |_, _| V::Int(0)),
];

table_entity!(TICKET_AREA: TicketArea, commerce.areas {
    path: "TicketArea",
    shape: Shape::Bare,
    fields: &[AREA_FIELDS],
    id_only: "",
});

const AREA_FIELDS: &[Field<TicketArea>] = &[
    list("id", |_, row| V::id(row.id)),
    list("name", |_, row| V::text(&row.name)),
    list("sequence", |_, row| V::id(row.id)),
    list("entity_singular", |_, row| V::text(&row.singular)),
    list("entity_plural", |_, row| V::text(&row.name)),
    list("area_use", |_, row| V::id(row.id)),
    list("area_use_name", |_, row| V::text(&row.name)),
    list("shownewticketbutton", |_, _| V::Bool(true)),
];

table_entity!(TOP_LEVEL: TopLevel, commerce.top_levels {
    path: "TopLevel",
    key: "tree",
    shape: Shape::Unpaged,
    area: Area::Customers,
    fields: &[TOP_LEVEL_FIELDS],
});

const TOP_LEVEL_FIELDS: &[Field<TopLevel>] = &[
    list("id", |_, row| V::id(row.id)),
    list("guid", |view, row| V::owned(rng::guid(view.world.seed, "top level", row.id.into()))),
    list("name", |_, row| V::text(&row.name)),
    list("long_name", |_, row| V::text(&row.name)),
    list("type", |_, _| V::Int(0)),
    list("organisation_id", |_, _| V::Int(1)),
    list("organisation_name", |_, row| V::text(&row.name)),
];
