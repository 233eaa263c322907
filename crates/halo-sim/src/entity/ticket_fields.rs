//! The fields of tickets, projects and opportunities, and which list switch shows them.

use super::{Field, View, When, hours, list, pounds, single, span, with};
use crate::rng::{self, Rng};
use crate::times::{EMPTY, HOUR, MINUTE, Ms};
use crate::value::{self, V};
use crate::world::commerce::trace;
use crate::world::reference::ids;
use crate::world::rows::{Kind, Ticket};
use crate::world::words;

pub(super) const FIELDS: &[Field<Ticket>] = &[
    list("id", |_, row| V::id(row.id)),
    list("guid", |view, row| V::owned(rng::guid(view.world.seed, "ticket guid", row.id.into()))),
    list("dateoccurred", |_, row| V::Date(row.occurred)),
    list("summary", |_, row| V::text(words::summary(&row.summary))),
    list("details", |_, row| V::text(words::details(&row.details))),
    list("status_id", |_, row| V::id(row.status)),
    list("tickettype_id", |_, row| V::id(row.tickettype)),
    list("sla_id", |_, row| V::id(row.sla)),
    list("sla_name", |view, row| view.world.slas.get(row.sla).map_or(V::text(""), |sla| V::text(&sla.name))),
    list("slaresponsestate", |_, row| V::text(if row.response_breached { "O" } else { "I" })),
    list("slastate", |_, row| V::text(if row.sla_breached { "O" } else { "I" })),
    list("priority_id", |_, row| V::Int(row.priority.into())),
    list("client_id", |_, row| V::id(row.client)),
    list("client_name", |view, row| view.client_name(row.client)),
    list("site_id", |_, row| V::id(row.site)),
    list("site_name", |view, row| view.site_name(row.site)),
    list("site_timezone", |_, _| V::text("")),
    list("user_id", |_, row| V::id(row.user)),
    list("user_name", |view, row| view.user_name(row.user)),
    list("user_email", |view, row| view.user_email(row.user)),
    list("team", |view, row| view.team_name(row.team)),
    Field { name: "team_id", when: When::Newer, value: |_, row| V::id(row.team) },
    list("agent_id", |_, row| V::id(row.agent)),
    list("category_1", |view, row| view.category(row.category_1)),
    list("categoryid_1", |_, row| V::id(row.category_1)),
    list("category_2", |view, row| view.category(row.category_2)),
    list("categoryid_2", |_, row| V::id(row.category_2)),
    list("category_3", |_, _| V::text("")),
    list("categoryid_3", |_, _| V::Int(0)),
    list("category_4", |_, _| V::text("")),
    list("categoryid_4", |_, _| V::Int(0)),
    list("estimate", |_, row| hours(row.estimate)),
    list("estimatedays", |_, row| V::Num(f64::from(row.estimate) / 450.0)),
    list("impact", |_, row| V::Int(row.impact.into())),
    list("urgency", |_, row| V::Int(row.urgency.into())),
    list("impactlevel", |_, row| V::Int(row.impact.into())),
    list("responsedate", |_, row| V::Date(row.responded)),
    list("first_respond_by_date", |_, row| V::Date(row.respond_by)),
    list("respondbydate", |_, row| V::Date(row.respond_by)),
    list("fixbydate", |_, row| V::Date(row.fix_by)),
    list("hasbeenclosed", |_, row| if row.closed == EMPTY { V::Absent } else { V::Bool(true) }),
    list("dateclosed", |_, row| if row.closed == EMPTY { V::Absent } else { V::Date(row.closed) }),
    list("dateassigned", |_, row| V::Date(row.assigned)),
    list("deadlinedate", |_, _| V::Date(EMPTY)),
    list("followupdate", |_, _| V::Date(EMPTY)),
    list("startdate", |_, row| V::Day(row.start)),
    list("starttime", |_, row| V::owned(span(row.start))),
    list("targetdate", |_, row| V::Day(row.target)),
    list("targettime", |_, row| V::owned(span(row.target))),
    list("lastactiondate", |_, row| V::Date(row.last_action)),
    list("last_update", |_, row| V::Date(row.updated)),
    list("onhold", |_, row| V::Bool(row.on_hold)),
    list("excludefromsla", |_, row| V::Bool(row.kind != Kind::Ticket)),
    list("flagged", |_, row| V::Bool(row.flagged)),
    list("read", |_, _| V::Bool(true)),
    list("inactive", |_, row| V::Bool(row.inactive)),
    list("attachment_count", |_, row| V::Int(trace::files(row))),
    list("child_count", |_, row| V::Int(row.children.into())),
    list("parent_id", |_, row| V::id(row.parent)),
    list("merged_into_id", |_, row| V::id(row.merged_into)),
    list("cost", |_, _| V::Num(0.0)),
    list("department_id", |view, row| V::id(view.department_of(row.team))),
    list("organisation_id", |_, _| V::Int(1)),
    list("top_level_id", |_, _| V::Int(1)),
    list("source", |_, row| V::Int(row.source.into())),
    list("emailtolist", |_, _| V::text("")),
    list("enduserstatus", |_, _| V::Int(0)),
    list("reportedby", |_, row| V::Text(words::person(&row.reported))),
    list("contract_id", |view, row| V::id(view.contract(row.contract))),
    list("workflow_step", |_, _| V::Int(0)),
    list("appointment_type", |_, _| V::Int(0)),
    list("area_inactive", |view, row| {
        V::Bool(view.world.clients.get(row.client).is_some_and(|client| client.inactive))
    }),
    list("idsummary", |_, row| V::owned(format!("{:07} {}", row.id, words::summary(&row.summary)))),
    list("invoiceseperatelyoverride", |_, _| V::Bool(false)),
    list("use", |_, row| V::text(row.kind.word())),
    with("status_name", "includestatus", |view, row| view.status_name(row.status)),
    with("tickettype_name", "includetickettype", |view, row| view.type_name(row.tickettype)),
    with("agent_name", "includeagent", |view, row| view.agent_name(row.agent)),
    with("timetaken", "includetimetaken", |_, row| hours(minutes(row))),
    with("slatimeleft", "includeslatimer", |view, row| V::Num(working_hours(granted(view, row) - elapsed(view, row)))),
    with("slapercused", "includeslatimer", |view, row| {
        V::Num((elapsed(view, row) * 1_000 / granted(view, row).max(1)) as f64 / 10.0)
    }),
    with("slatimeelapsed", "includeslatimer", |view, row| V::Num(working_hours(elapsed(view, row)))),
    with("slaholdtime", "includeslatimer", |_, _| V::Num(0.0)),
    with("lastnote", "includelastnote", |_, row| {
        row.live_actions().next_back().map_or(V::text(""), |action| V::text(words::note(&action.note)))
    }),
    single("details_html", |_, row| V::owned(format!("<p>{}</p>", escape(words::details(&row.details))))),
    single("datecreated", |_, row| V::Date(row.created)),
    single("lastincomingemail", |_, row| {
        let mail = row.live_actions().rfind(|action| action.agent == 0);
        V::Date(mail.map_or(EMPTY, |action| action.at))
    }),
    single("chargehours", |_, row| hours(charged(row, true))),
    single("nonchargehours", |_, row| hours(charged(row, false))),
    single("travelhours", |_, _| V::Num(0.0)),
    single("contract_ref", |_, row| V::owned(contract_ref(row))),
    single("reassigncount", |_, row| V::Int(row.reassigned.into())),
    single("product_id", |_, _| V::Int(0)),
    single("release_id", |_, _| V::Int(0)),
    single("itil_requesttype_id", |_, row| V::Int(i64::from(row.kind == Kind::Ticket))),
    single("workflow_id", |_, _| V::Int(0)),
    single("pipeline_stage_id", |_, _| V::Int(0)),
    single("satisfactionlevel", |_, row| V::Int(row.satisfaction.into())),
    single("satisfactioncomment", |_, row| V::text(if row.satisfaction == 1 { "Quick and clear" } else { "" })),
    single("closure_agent_id", |_, row| V::id(if row.closed == EMPTY { 0 } else { row.agent })),
    single("closure_time", |_, row| {
        let open = if row.closed == EMPTY { 0 } else { row.closed - row.occurred };
        V::Num(open as f64 / HOUR as f64)
    }),
    single("closure_note", |_, row| {
        row.live_actions()
            .rfind(|action| action.outcome == ids::CLOSE)
            .map_or(V::text(""), |action| V::text(words::note(&action.note)))
    }),
    single("takenby", |_, row| V::text(if row.source == 4 { "Email" } else { "" })),
    single("ticket_tags", |_, _| V::text("")),
    Field {
        name: "customfields",
        when: When::NewerSwitch("include_custom_fields"),
        value: |view, row| V::Raw(custom(view, row)),
    },
    // The truth says `deleted` for every kind of record itself.
    single("deleted", |view, row| if view.depth == super::Depth::Truth { V::Absent } else { V::Bool(row.deleted) }),
];

pub(super) const PROJECT_FIELDS: &[Field<Ticket>] = &[
    list("projecttimebudget", |_, row| of(Kind::Project, row, hours(row.estimate))),
    list("projecttimeactual", |_, row| of(Kind::Project, row, hours(minutes(row)))),
    list("projectmoneybudget", |_, row| of(Kind::Project, row, pounds(row.value))),
    list("projectmoneyactual", |_, row| of(Kind::Project, row, pounds(i64::from(minutes(row)) * HOURLY / 60))),
    list("projectcompletionpercentage", |_, row| of(Kind::Project, row, V::Num(completion(row) as f64))),
];

pub(super) const OPPORTUNITY_FIELDS: &[Field<Ticket>] = &[
    list("oppvalue", |_, row| of(Kind::Opportunity, row, pounds(row.value))),
    list("oppconversionprobability", |_, row| of(Kind::Opportunity, row, V::Num(row.probability.into()))),
    list("oppprofit", |_, row| of(Kind::Opportunity, row, pounds(row.value * 3 / 10))),
    list("oppcompanyname", |_, row| of(Kind::Opportunity, row, V::text(""))),
    list("opptype", |_, row| of(Kind::Opportunity, row, V::text("New business"))),
];

/// Pence for an hour of labour.
const HOURLY: i64 = 8_500;

/// A field that only one kind has.
fn of<'a>(kind: Kind, row: &Ticket, value: V<'a>) -> V<'a> {
    if row.kind == kind { value } else { V::Absent }
}

pub(super) fn contract_ref(row: &Ticket) -> String {
    if row.contract > 0 { format!("MS-{:04}", row.contract) } else { String::new() }
}

fn minutes(row: &Ticket) -> u32 {
    row.live_actions().map(|action| u32::from(action.minutes)).sum()
}

/// Minutes that are charged, or those that are not.
fn charged(row: &Ticket, billable: bool) -> u32 {
    row.live_actions().filter(|action| action.billable == billable).map(|action| u32::from(action.minutes)).sum()
}

/// Percent of a project's hours that are used; all of it once closed.
fn completion(row: &Ticket) -> i64 {
    match row.closed {
        EMPTY => (i64::from(minutes(row)) * 100 / i64::from(row.estimate.max(1))).min(95),
        _ => 100,
    }
}

/// Working time since the ticket was logged, up to its closure.
fn elapsed(view: &View<'_>, row: &Ticket) -> Ms {
    let end = if row.closed == EMPTY { view.now } else { row.closed };
    view.world.calendar.between(row.occurred, end)
}

/// Working time from the log to the target.
fn granted(view: &View<'_>, row: &Ticket) -> Ms {
    view.world.calendar.between(row.occurred, row.fix_by)
}

fn working_hours(time: Ms) -> f64 {
    (time / MINUTE) as f64 / 60.0
}

/// Root cause is known of closed tickets only. The third field is the one that may appear later.
fn custom(view: &View<'_>, row: &Ticket) -> Vec<u8> {
    const CAUSES: [&str; 4] = ["Configuration", "Hardware fault", "User error", "Supplier"];
    let mut rng = Rng::new(view.world.seed, "custom fields", row.id.unsigned_abs().into());
    let (cause, remote) = (rng.index(CAUSES.len()), rng.chance(0.7));
    let cause = (row.closed != EMPTY).then_some(CAUSES[cause]);
    let late = view.late.custom_field.map(|since| (row.updated > since).then_some(row.id % 7));
    let mut fields = vec![
        (151, "CFRootCause", "Root cause", 2, cause.map_or(V::Null, V::text), cause.unwrap_or_default().to_owned()),
        (152, "CFRemote", "Remote fix", 6, V::owned(remote.to_string()), remote.to_string()),
    ];
    if let Some(value) = late {
        let shown = value.map_or_else(String::new, |value| value.to_string());
        fields.push((153, "CFVisits", "Visits", 1, value.map_or(V::Null, V::id), shown));
    }
    value::array(view.style, fields, |object, (id, name, label, kind, value, display)| {
        object.member("id", &V::Int(id));
        object.member("name", &V::text(name));
        object.member("label", &V::text(label));
        object.member("type", &V::Int(kind));
        object.member("value", &value);
        object.member("display", &V::owned(display));
    })
}

/// Plain text as HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
