//! Tickets, projects and opportunities: one id space, three lists.

use super::column::{Column, boolean, custom, day, int, money, number, text, time};
use super::{CHANGED, Echo, Entity, Reading, Right, echo};

/// Parameters of every ticket list. `include_custom_fields` is added by the caller, which knows the fields' ids.
const SWITCHES: &[(&str, &str)] = &[
    ("includestatus", "true"),
    ("includetickettype", "true"),
    ("includeagent", "true"),
    ("includetimetaken", "true"),
    ("includeclosed", "true"),
];

/// `/Tickets` lists the two other kinds too, unless the domain is named.
const TICKET_SWITCHES: &[(&str, &str)] = &[
    ("domain", "reqs"),
    ("includestatus", "true"),
    ("includetickettype", "true"),
    ("includeagent", "true"),
    ("includetimetaken", "true"),
    ("includeclosed", "true"),
];

const READING: Reading =
    Reading::Paged { changed: CHANGED, ids_only: "ticketidonly", deleted: Some(("deleted", "true")) };

const WATCHED: &[&str] =
    &["status_id", "agent_id", "team", "priority_id", "tickettype_id", "client_id", "sla_id", "category_1"];

/// `child_count` and `area_inactive` follow from other records; the rest serves HaloPSA's own pages.
const IGNORED: &[&str] = &["child_count", "area_inactive", "idsummary", "key", "use", "table", "_open_search_score"];

const ECHOES: &[Echo] = &[
    echo("client_name", "client_id", "clients", "id", "name"),
    echo("site_name", "site_id", "sites", "id", "name"),
    echo("user_name", "user_id", "users", "id", "name"),
    echo("user_email", "user_id", "users", "id", "emailaddress"),
    echo("agent_name", "agent_id", "agents", "id", "name"),
    echo("team", "team_id", "teams", "id", "name"),
    echo("department_id", "team_id", "teams", "id", "department_id"),
    echo("status_name", "status_id", "statuses", "id", "name"),
    echo("tickettype_name", "tickettype_id", "ticket_types", "id", "name"),
    echo("sla_name", "sla_id", "slas", "id", "name"),
    echo("category_1", "categoryid_1", "categories", "id", "value"),
    echo("category_2", "categoryid_2", "categories", "id", "value"),
    echo("category_3", "categoryid_3", "categories", "id", "value"),
    echo("category_4", "categoryid_4", "categories", "id", "value"),
];

macro_rules! with_common {
    ($($own:expr),* $(,)?) => {
        &[
            int("id"), text("guid"), text("summary"), text("details"),
            time("dateoccurred"), time("last_update"), time("lastactiondate"), time("dateassigned"),
            time("responsedate"), time("first_respond_by_date"), time("respondbydate"), time("fixbydate"),
            boolean("hasbeenclosed"), time("dateclosed"), time("deadlinedate"), time("followupdate"),
            day("startdate"), text("starttime"), day("targetdate"), text("targettime"),
            int("status_id"), text("status_name"), int("tickettype_id"), text("tickettype_name"),
            int("priority_id"), int("sla_id"), text("sla_name"), text("slastate"), text("slaresponsestate"),
            boolean("onhold"), boolean("excludefromsla"),
            int("client_id"), text("client_name"), int("site_id"), text("site_name"), text("site_timezone"),
            int("user_id"), text("user_name"), text("user_email"),
            text("team"), int("team_id"), int("agent_id"), text("agent_name"),
            int("department_id"), int("organisation_id"), int("top_level_id"),
            text("category_1"), int("categoryid_1"), text("category_2"), int("categoryid_2"),
            text("category_3"), int("categoryid_3"), text("category_4"), int("categoryid_4"),
            int("impact"), int("urgency"), int("impactlevel"),
            number("estimate"), number("estimatedays"), number("timetaken"), money("cost"),
            int("parent_id"), int("merged_into_id"), int("source"), text("reportedby"), text("emailtolist"),
            int("enduserstatus"), int("contract_id"), int("workflow_step"), int("appointment_type"),
            int("attachment_count"), boolean("flagged"), boolean("read"), boolean("inactive"),
            boolean("invoiceseperatelyoverride"), custom("customfields"),
            $($own),*
        ]
    };
}

const TICKET_COLUMNS: &[Column] = with_common![];

const PROJECT_COLUMNS: &[Column] = with_common![
    number("projecttimebudget"),
    number("projecttimeactual"),
    money("projectmoneybudget"),
    money("projectmoneyactual"),
    number("projectcompletionpercentage"),
];

const OPPORTUNITY_COLUMNS: &[Column] = with_common![
    money("oppvalue"),
    number("oppconversionprobability"),
    money("oppprofit"),
    text("oppcompanyname"),
    text("opptype"),
    money("oppvalue_monthly"),
    money("oppvalue_annual"),
    money("oppvalue_oneoff"),
];

pub(super) static TICKETS: Entity = Entity {
    table: "tickets",
    path: "Tickets",
    list_key: "tickets",
    key: &["id"],
    reading: READING,
    switches: TICKET_SWITCHES,
    stamp: Some("last_update"),
    watched: WATCHED,
    columns: TICKET_COLUMNS,
    ignored: IGNORED,
    echoes: ECHOES,
    rivals: &["projects", "opportunities"],
    family: Some("tickets"),
    asks_custom_fields: true,
    right: Right {
        scope: "read:tickets",
        permission: "Tickets: Read Only; can view unassigned tickets and those of other agents; all ticket types",
        unlocks: "tickets, service levels, backlog and workload",
    },
    ..Entity::PLAIN
};

pub(super) static PROJECTS: Entity = Entity {
    table: "projects",
    path: "Projects",
    list_key: "tickets",
    key: &["id"],
    reading: READING,
    switches: SWITCHES,
    stamp: Some("last_update"),
    watched: WATCHED,
    columns: PROJECT_COLUMNS,
    ignored: IGNORED,
    echoes: ECHOES,
    rivals: &["tickets", "opportunities"],
    family: Some("tickets"),
    asks_custom_fields: true,
    right: Right {
        scope: "read:projects",
        permission: "Projects: Read Only",
        unlocks: "projects with their budgets and progress",
    },
    ..Entity::PLAIN
};

pub(super) static OPPORTUNITIES: Entity = Entity {
    table: "opportunities",
    path: "Opportunities",
    list_key: "tickets",
    key: &["id"],
    reading: READING,
    switches: SWITCHES,
    stamp: Some("last_update"),
    watched: WATCHED,
    columns: OPPORTUNITY_COLUMNS,
    ignored: IGNORED,
    echoes: ECHOES,
    rivals: &["tickets", "projects"],
    family: Some("tickets"),
    asks_custom_fields: true,
    right: Right { scope: "read:sales", permission: "Opportunities: Read Only", unlocks: "the sales pipeline" },
    ..Entity::PLAIN
};
