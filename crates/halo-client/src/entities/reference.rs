//! Agents, teams and the small lists that other records point to.

use super::column::{Column, boolean, day, int, json, number, text, time};
use super::{Entity, Reading, Right};

const RIGHT: Right = Right {
    scope: "read:tickets",
    permission: "Tickets: Read Only",
    unlocks: "the names behind statuses, types, priorities and targets",
};

const LIST: Entity = Entity {
    // Counts of tickets change all the time and follow from the tickets.
    ignored: &["use", "key", "table", "ticket_count", "intent"],
    right: RIGHT,
    ..Entity::PLAIN
};

pub(super) static AGENTS: Entity = Entity {
    table: "agents",
    path: "Agent",
    list_key: "results",
    switches: &[("includedisabled", "true"), ("includeunassigned", "true"), ("includeapiagents", "true")],
    watched: &["name", "team", "isdisabled"],
    columns: &[
        int("id"),
        text("name"),
        boolean("is_agent"),
        text("firstname"),
        text("surname"),
        text("initials"),
        text("email"),
        text("jobtitle"),
        text("team"),
        json("teams"),
        json("departments"),
        boolean("isdisabled"),
        boolean("isapiagent"),
        int("linemanager"),
        int("licence_type"),
        text("colour"),
    ],
    // Whether somebody is online right now is no record.
    ignored: &["use", "key", "table", "ticket_count", "onlinestatus"],
    right: Right { scope: "read:tickets", permission: "Agents: Read Only", unlocks: "figures by agent" },
    ..LIST
};

pub(super) static TEAMS: Entity = Entity {
    table: "teams",
    path: "Team",
    switches: &[("showall", "true"), ("includeenabled", "true"), ("includedisabled", "true")],
    watched: &["name"],
    columns: &[
        int("id"),
        text("guid"),
        text("name"),
        int("department_id"),
        text("department_name"),
        boolean("inactive"),
        boolean("forrequests"),
        boolean("foropps"),
        boolean("forprojects"),
        int("sequence"),
        time("last_modified"),
    ],
    right: Right { scope: "read:tickets", permission: "Every team of the agent", unlocks: "figures by team" },
    ..LIST
};

pub(super) static TICKET_TYPES: Entity = Entity {
    table: "ticket_types",
    path: "TicketType",
    switches: &[("showall", "true"), ("showinactive", "true")],
    columns: &[
        int("id"),
        text("guid"),
        text("name"),
        text("use"),
        int("group_id"),
        text("group_name"),
        int("sequence"),
        boolean("active"),
        boolean("inactive"),
        int("itilrequesttype"),
        int("workflow_id"),
        int("default_sla"),
        text("colour"),
    ],
    ignored: &["key", "table", "ticket_count", "intent"],
    ..LIST
};

pub(super) static STATUSES: Entity = Entity {
    table: "statuses",
    path: "Status",
    switches: &[("showall", "true")],
    columns: &[
        int("id"),
        text("guid"),
        text("name"),
        text("shortname"),
        int("type"),
        int("sequence"),
        text("colour"),
        text("slaaction"),
    ],
    ..LIST
};

/// A priority's number counts within its SLA: join on (`slaid`, `priorityid`), not on the GUID.
pub(super) static PRIORITIES: Entity = Entity {
    table: "priorities",
    path: "Priority",
    columns: &[
        text("id"),
        int("slaid"),
        int("priorityid"),
        text("name"),
        number("fixtime"),
        text("fixunits"),
        number("responsetime"),
        text("responseunits"),
        boolean("ishidden"),
        text("colour"),
        int("workdaysoverride"),
        number("firstresponsetime"),
    ],
    ..LIST
};

pub(super) static SLAS: Entity = Entity {
    table: "slas",
    path: "SLA",
    columns: &[
        int("id"),
        text("guid"),
        text("name"),
        int("workday_id"),
        boolean("hoursaretechslocaltime"),
        boolean("trackslafixbytime"),
        boolean("trackslaresponsetime"),
        boolean("responsereset"),
        int("autoreleaselimit"),
    ],
    ..LIST
};

const DAYS: &[Column] = &[
    int("id"),
    text("guid"),
    text("name"),
    text("timezone"),
    text("start"),
    text("end"),
    boolean("alldayssame"),
    boolean("incmonday"),
    boolean("inctuesday"),
    boolean("incwednesday"),
    boolean("incthursday"),
    boolean("incfriday"),
    boolean("incsaturday"),
    boolean("incsunday"),
    text("startmonday"),
    text("starttuesday"),
    text("startwednesday"),
    text("startthursday"),
    text("startfriday"),
    text("startsaturday"),
    text("startsunday"),
    text("endmonday"),
    text("endtuesday"),
    text("endwednesday"),
    text("endthursday"),
    text("endfriday"),
    text("endsaturday"),
    text("endsunday"),
];

/// Start and end are times of a day on an arbitrary date, so they stay text.
pub(super) static WORKDAYS: Entity = Entity { table: "workdays", path: "Workday", columns: DAYS, ..LIST };

pub(super) static HOLIDAYS: Entity = Entity {
    table: "holidays",
    path: "Holiday",
    columns: &[
        int("id"),
        int("holid"),
        int("workday_id"),
        day("date"),
        time("end_date"),
        boolean("allday"),
        text("name"),
        number("duration"),
        int("holiday_type"),
        int("agent_id"),
    ],
    right: Right { scope: "read:tickets", permission: "Tickets: Read Only", unlocks: "working time without holidays" },
    ..LIST
};

pub(super) static CATEGORIES: Entity = Entity {
    table: "categories",
    path: "Category",
    reading: Reading::Parts { parameter: "type_id", values: &["1", "2", "3", "4"] },
    columns: &[
        int("id"),
        text("guid"),
        int("type_id"),
        text("value"),
        text("category_name"),
        int("sla_id"),
        int("priority_id"),
        int("category_group_id"),
    ],
    ..LIST
};

pub(super) static OUTCOMES: Entity = Entity {
    table: "outcomes",
    path: "Outcome",
    switches: &[("showhidden", "true"), ("showsystemactions", "true")],
    columns: &[
        int("id"),
        text("guid"),
        text("outcome"),
        text("buttonname"),
        text("labellong"),
        text("colour"),
        int("sequence"),
        boolean("hidden"),
        boolean("hidefromuser"),
        int("systemid"),
        int("newstatus"),
        int("chargerate"),
    ],
    right: Right { unlocks: "the kinds of actions", ..RIGHT },
    ..LIST
};

/// The values of all drop-down lists. A value's number counts within its list.
pub(super) static LOOKUPS: Entity = Entity {
    table: "lookups",
    path: "Lookup",
    key: &["lookupid", "id"],
    switches: &[("showallcodes", "true")],
    columns: &[
        int("lookupid"),
        int("id"),
        text("name"),
        text("value2"),
        text("value3"),
        text("value4"),
        text("value5"),
        text("value6"),
        text("value7"),
        text("value8"),
        text("value9"),
        int("valueint1"),
        int("sequence"),
        boolean("inactive"),
    ],
    right: Right { unlocks: "the names behind sources, charge rates and other lists", ..RIGHT },
    ..LIST
};

pub(super) static TICKET_AREAS: Entity = Entity {
    table: "ticket_areas",
    path: "TicketArea",
    columns: &[
        int("id"),
        text("name"),
        int("sequence"),
        text("entity_singular"),
        text("entity_plural"),
        int("area_use"),
        text("area_use_name"),
        int("default_ticket_type"),
    ],
    ..LIST
};

pub(super) static TAXES: Entity = Entity {
    table: "taxes",
    path: "Tax",
    columns: &[
        int("id"),
        text("name"),
        text("code"),
        number("value"),
        boolean("is_composite"),
        text("third_party_desc"),
    ],
    right: Right { scope: "read:invoices", permission: "Invoices: Read Only", unlocks: "the names of taxes" },
    ..LIST
};

pub(super) static TOP_LEVELS: Entity = Entity {
    table: "top_levels",
    path: "TopLevel",
    list_key: "tree",
    switches: &[("show_all", "true")],
    columns: &[
        int("id"),
        text("guid"),
        text("name"),
        text("long_name"),
        int("parentid"),
        int("type"),
        int("organisation_id"),
        text("organisation_name"),
        text("notes"),
    ],
    right: Right {
        scope: "read:customers",
        permission: "Customers: Read Only",
        unlocks: "figures by group of clients",
    },
    ..LIST
};
