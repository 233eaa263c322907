//! The small lists that give meaning to ids: bare arrays, always whole, never paged.

use super::{Field, Found, Shape, View, When, list, numbers, single, table_entity, text, time, with};
use crate::rng;
use crate::times::{self, HOUR, MINUTE, Ms};
use crate::value::{self, Object, V};
use crate::world::calendar::{CLOSES, OPENS};
use crate::world::rows::{Category, Holiday, Lookup, Outcome, Priority, Sla, Status, Team, TicketType, Workday};
use crate::world::words::{COLOURS, DEPARTMENTS};

table_entity!(TEAM: Team, teams {
    path: "Team",
    shape: Shape::Bare,
    hidden: |view, row| row.inactive && !view.query.flag("showall") && !view.query.flag("includedisabled"),
    fields: &[TEAM_FIELDS],
    params: &[
        numbers("department_id", |_, row, ids| ids.has(row.department)),
        text("domain", |_, row, domain| match domain.text.as_str() {
            "reqs" => row.requests,
            "prjs" => row.projects,
            "opps" => row.sales,
            _ => true,
        }),
    ],
});

const TEAM_FIELDS: &[Field<Team>] = &[
    list("id", |_, row| V::id(row.id)),
    list("guid", |view, row| guid(view, "team", row.id)),
    list("name", |_, row| V::text(&row.name)),
    list("department_id", |_, row| V::id(row.department)),
    list("department_name", |_, row| department(row.department)),
    list("inactive", |_, row| V::Bool(row.inactive)),
    list("forrequests", |_, row| V::Bool(row.requests)),
    list("foropps", |_, row| V::Bool(row.sales)),
    list("forprojects", |_, row| V::Bool(row.projects)),
    list("sequence", |_, row| V::id(row.id)),
    list("last_modified", |_, row| V::Date(row.modified)),
    with("ticket_count", "showcounts", |view, row| {
        let mine = |ticket: &&crate::world::rows::Ticket| ticket.team == row.id && ticket.closed == times::EMPTY;
        V::Int(i64::try_from(view.world.tickets.live().filter(mine).count()).unwrap_or_default())
    }),
];

table_entity!(TICKET_TYPE: TicketType, ticket_types {
    path: "TicketType",
    shape: Shape::Bare,
    hidden: |view, row| row.inactive && !view.query.flag("showinactive") && !view.query.flag("showall"),
    fields: &[TICKET_TYPE_FIELDS],
    params: &[text("domain", |_, row, domain| match domain.text.as_str() {
        "reqs" => row.kind.word() == "ticket",
        "prjs" => row.kind.word() == "project",
        "opps" => row.kind.word() == "opportunity",
        _ => true,
    })],
});

const TICKET_TYPE_FIELDS: &[Field<TicketType>] = &[
    list("id", |_, row| V::id(row.id)),
    list("guid", |view, row| guid(view, "ticket type", row.id)),
    list("name", |_, row| V::text(&row.name)),
    list("use", |_, row| V::text(row.kind.word())),
    list("group_id", |_, _| V::Int(0)),
    list("group_name", |_, _| V::text("")),
    list("sequence", |_, row| V::id(row.id)),
    list("active", |_, row| V::Bool(!row.inactive)),
    list("inactive", |_, row| V::Bool(row.inactive)),
    list("itilrequesttype", |_, row| V::id(row.id.min(6))),
    list("workflow_id", |_, _| V::Int(0)),
    list("default_sla", |_, _| V::Int(1)),
    list("colour", |_, row| colour(row.id)),
];

table_entity!(STATUS: Status, statuses {
    path: "Status",
    shape: Shape::Bare,
    fields: &[STATUS_FIELDS],
});

/// No field says whether a status means open or closed.
const STATUS_FIELDS: &[Field<Status>] = &[
    list("id", |_, row| V::id(row.id)),
    list("guid", |view, row| guid(view, "status", row.id)),
    list("name", |_, row| V::text(&row.name)),
    list("shortname", |_, row| V::text(&row.short)),
    list("type", |_, _| V::Int(0)),
    list("sequence", |_, row| V::id(row.sequence)),
    list("colour", |_, row| V::text(&row.colour)),
    list("slaaction", |_, row| V::text(if row.id == crate::world::reference::ids::ON_HOLD { "H" } else { "N" })),
];

table_entity!(PRIORITY: Priority, priorities {
    path: "Priority",
    shape: Shape::Bare,
    find: |view, id| {
        let shaped = id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        match view.world.priorities.live().find(|row| priority_guid(view, row) == id.to_ascii_lowercase()) {
            Some(row) => Found::Row(row),
            None if shaped => Found::Missing,
            None => Found::BadId,
        }
    },
    fields: &[PRIORITY_FIELDS],
    params: &[numbers("slaid", |_, row, ids| ids.has(row.sla))],
});

/// The id is a GUID; tickets point at `priorityid` within their SLA.
const PRIORITY_FIELDS: &[Field<Priority>] = &[
    list("id", |view, row| V::owned(priority_guid(view, row))),
    list("slaid", |_, row| V::id(row.sla)),
    list("priorityid", |_, row| V::Int(row.number.into())),
    list("name", |_, row| V::text(&row.name)),
    list("fixtime", |_, row| V::Num(row.fix_hours.into())),
    list("fixunits", |_, _| V::text("H")),
    list("responsetime", |_, row| V::Num(row.respond_hours.into())),
    list("responseunits", |_, _| V::text("H")),
    list("ishidden", |_, _| V::Bool(false)),
    list("colour", |_, row| V::text(row.colour)),
    list("workdaysoverride", |_, _| V::Int(0)),
    Field { name: "firstresponsetime", when: When::Newer, value: |_, row| V::Num(row.respond_hours.into()) },
];

fn priority_guid(view: &View<'_>, row: &Priority) -> String {
    rng::guid(view.world.seed, "priority", row.id.into())
}

table_entity!(SLA: Sla, slas {
    path: "SLA",
    shape: Shape::Bare,
    fields: &[SLA_FIELDS],
});

const SLA_FIELDS: &[Field<Sla>] = &[
    list("id", |_, row| V::id(row.id)),
    list("guid", |view, row| guid(view, "sla", row.id)),
    list("name", |_, row| V::text(&row.name)),
    list("workday_id", |_, _| V::Int(1)),
    list("hoursaretechslocaltime", |_, _| V::Bool(false)),
    list("trackslafixbytime", |_, _| V::Bool(true)),
    list("trackslaresponsetime", |_, _| V::Bool(true)),
    list("responsereset", |_, _| V::Bool(false)),
    list("autoreleaselimit", |_, _| V::Int(0)),
    with("priorities", "showpriorities", |view, row| V::Raw(priorities(view, row.id))),
];

fn priorities(view: &View<'_>, sla: i32) -> Vec<u8> {
    let rows = view.world.priorities.live().filter(|row| row.sla == sla);
    value::array(view.style, rows, |object: &mut Object<'_, '_>, row| {
        for field in PRIORITY_FIELDS {
            object.member(field.name, &(field.value)(view, row));
        }
    })
}

table_entity!(WORKDAY: Workday, workdays {
    path: "Workday",
    shape: Shape::Bare,
    fields: &[WORKDAY_FIELDS],
});

const WORKDAY_FIELDS: &[Field<Workday>] = &[
    list("id", |_, row| V::id(row.id)),
    list("guid", |view, row| guid(view, "workday", row.id)),
    list("name", |_, row| V::text(&row.name)),
    list("timezone", |_, _| V::text("GMT Standard Time")),
    list("start", |_, _| clock(OPENS)),
    list("end", |_, _| clock(CLOSES)),
    list("alldayssame", |_, _| V::Bool(true)),
    list("incmonday", |_, _| V::Bool(true)),
    list("inctuesday", |_, _| V::Bool(true)),
    list("incwednesday", |_, _| V::Bool(true)),
    list("incthursday", |_, _| V::Bool(true)),
    list("incfriday", |_, _| V::Bool(true)),
    list("incsaturday", |_, _| V::Bool(false)),
    list("incsunday", |_, _| V::Bool(false)),
    single("startmonday", |_, _| clock(OPENS)),
    single("endmonday", |_, _| clock(CLOSES)),
];

/// A time of day as HaloPSA keeps it: on the first day of 1900, in the workday's own zone.
fn clock(of_day: Ms) -> V<'static> {
    V::Date(times::midnight(1900, 1, 1) + of_day)
}

table_entity!(HOLIDAY: Holiday, holidays {
    path: "Holiday",
    shape: Shape::Bare,
    fields: &[HOLIDAY_FIELDS],
    params: &[
        time("start_date", |_, row, from| row.day >= from.time),
        time("end_date", |_, row, to| row.day <= to.time),
        numbers("workdayid", |_, _, ids| ids.has(1)),
    ],
});

const HOLIDAY_FIELDS: &[Field<Holiday>] = &[
    list("id", |_, row| V::id(row.id)),
    list("holid", |_, row| V::id(row.id)),
    list("name", |_, row| V::text(&row.name)),
    list("workday_id", |_, _| V::Int(1)),
    list("date", |_, row| V::Day(row.day)),
    list("end_date", |_, row| V::Date(row.day + 23 * HOUR + 59 * MINUTE)),
    list("allday", |_, _| V::Bool(true)),
    list("duration", |_, _| V::Num(1.0)),
    list("holiday_type", |_, _| V::Int(0)),
    list("agent_id", |_, _| V::Int(0)),
];

table_entity!(CATEGORY: Category, categories {
    path: "Category",
    shape: Shape::Bare,
    fields: &[CATEGORY_FIELDS],
    params: &[numbers("type_id", |_, row, ids| ids.has(row.kind))],
});

const CATEGORY_FIELDS: &[Field<Category>] = &[
    list("id", |_, row| V::id(row.id)),
    list("guid", |view, row| guid(view, "category", row.id)),
    list("type_id", |_, row| V::id(row.kind)),
    list("value", |_, row| V::text(&row.value)),
    list("category_name", |_, row| V::text(row.value.rsplit('>').next().unwrap_or_default())),
    list("sla_id", |_, _| V::Int(0)),
    list("priority_id", |_, _| V::Int(0)),
];

table_entity!(OUTCOME: Outcome, outcomes {
    path: "Outcome",
    shape: Shape::Bare,
    fields: &[OUTCOME_FIELDS],
});

const OUTCOME_FIELDS: &[Field<Outcome>] = &[
    list("id", |_, row| V::id(row.id)),
    list("guid", |view, row| guid(view, "outcome", row.id)),
    list("outcome", |_, row| V::text(&row.name)),
    list("buttonname", |_, row| V::text(&row.name)),
    list("labellong", |_, row| V::text(&row.name)),
    list("hidefromuser", |_, row| V::Bool(row.private)),
    list("sequence", |_, row| V::id(row.id)),
    list("hidden", |_, _| V::Bool(false)),
];

table_entity!(LOOKUP: Lookup, lookups {
    path: "Lookup",
    shape: Shape::Bare,
    // A value's number is only unique within its list.
    find: |view, id| match id.parse::<i32>() {
        Ok(id) => {
            let list = view.query.number("lookupid");
            let wanted = |row: &&Lookup| row.id == id && list.is_none_or(|list| list == i64::from(row.list));
            view.world.lookups.live().find(wanted).map_or(Found::Missing, Found::Row)
        }
        Err(_) => Found::BadId,
    },
    fields: &[LOOKUP_FIELDS],
    params: &[numbers("lookupid", |_, row, ids| ids.has(row.list))],
});

const LOOKUP_FIELDS: &[Field<Lookup>] = &[
    list("id", |_, row| V::id(row.id)),
    list("lookupid", |_, row| V::id(row.list)),
    list("name", |_, row| V::text(&row.name)),
    list("inactive", |_, _| V::Bool(false)),
];

fn guid(view: &View<'_>, purpose: &str, id: i32) -> V<'static> {
    V::owned(rng::guid(view.world.seed, purpose, id.into()))
}

fn colour(id: i32) -> V<'static> {
    V::text(COLOURS[id.unsigned_abs() as usize % COLOURS.len()])
}

fn department(id: i32) -> V<'static> {
    let name = usize::try_from(id - 1).ok().and_then(|place| DEPARTMENTS.get(place));
    V::text(name.copied().unwrap_or_default())
}
