//! Agents: a bare array, or `results` when paging is asked for; and the agent behind the token.

use super::{Field, Shape, View, list, numbers, single, table_entity, text};
use crate::rights::{Access, Area};
use crate::value::{self, Object, V};
use crate::world::reference::ids;
use crate::world::rows::Agent;
use crate::world::words::{COLOURS, DEPARTMENTS};

table_entity!(AGENT: Agent, agents {
    path: "Agent",
    key: "results",
    shape: Shape::BareOrPaged,
    area: Area::Agents,
    hidden: |view, row| {
        let asked = |name| view.query.flag("showall") || view.query.flag(name);
        row.disabled && !asked("includedisabled")
            || row.id == ids::UNASSIGNED && !asked("includeunassigned")
            || row.api && !asked("includeapiagents")
    },
    fields: &[FIELDS],
    params: &[
        numbers("team_id", |_, row, ids| row.teams.iter().any(|team| ids.has(*team))),
        numbers("department_id", |view, row, ids| row.teams.iter().any(|team| ids.has(view.department_of(*team)))),
        text("search", |_, row, search| row.name().to_lowercase().contains(&search.text)),
    ],
});

const FIELDS: &[Field<Agent>] = &[
    list("id", |_, row| V::id(row.id)),
    list("name", |_, row| V::owned(row.name())),
    list("is_agent", |_, row| V::Bool(row.id != ids::UNASSIGNED)),
    list("firstname", |_, row| V::text(&row.first)),
    list("surname", |_, row| V::text(&row.last)),
    list("initials", |_, row| V::owned(initials(&row.first, &row.last))),
    list("team", |view, row| row.teams.first().map_or(V::text(""), |team| view.team_name(*team))),
    list("teams", |view, row| V::Raw(teams(view, row))),
    list("departments", |view, row| V::Raw(departments(view, row))),
    list("isdisabled", |_, row| V::Bool(row.disabled)),
    list("email", |_, row| V::owned(email(row))),
    list("jobtitle", |_, row| V::text(&row.title)),
    list("isapiagent", |_, row| V::Bool(row.api)),
    list("linemanager", |_, row| V::id(row.manager)),
    list("licence_type", |_, row| V::Int(i64::from(row.api))),
    list("onlinestatus", |_, _| V::Int(0)),
    list("colour", |_, row| V::text(COLOURS[row.id.unsigned_abs() as usize % COLOURS.len()])),
    single("linemanager_name", |view, row| view.agent_name(row.manager)),
    single("workday_id", |_, _| V::Int(1)),
    single("datecreated", |_, row| V::Date(row.created)),
];

pub(crate) fn initials(first: &str, last: &str) -> String {
    first.chars().next().into_iter().chain(last.chars().next()).collect()
}

fn email(row: &Agent) -> String {
    let plain = |name: &str| name.to_lowercase().replace(|c: char| !c.is_ascii_alphabetic(), "");
    match row.id {
        ids::UNASSIGNED => String::new(),
        _ => format!("{}.{}@demomsp.example", plain(&row.first), plain(&row.last)),
    }
}

fn teams(view: &View<'_>, row: &Agent) -> Vec<u8> {
    let own = row.id == view.rights.agent;
    let teams = row.teams.iter().filter(|team| !own || view.rights.team(**team, view.department_of(**team)));
    value::array(view.style, teams, |object, team| {
        object.member("agent_id", &V::id(row.id));
        object.member("team_id", &V::id(*team));
        object.member("team_name", &view.team_name(*team));
        object.member("department_id", &V::id(view.department_of(*team)));
        object.member("unassigned_access", &V::Bool(!own || view.rights.unassigned));
        object.member("otheragent_access", &V::Bool(!own || view.rights.others));
    })
}

fn departments(view: &View<'_>, row: &Agent) -> Vec<u8> {
    let own = row.id == view.rights.agent;
    let mut ids: Vec<i32> = row
        .teams
        .iter()
        .filter(|team| !own || view.rights.team(**team, view.department_of(**team)))
        .map(|team| view.department_of(*team))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    value::array(view.style, ids, |object, id| {
        let name = usize::try_from(id - 1).ok().and_then(|place| DEPARTMENTS.get(place)).copied();
        object.member("agent_id", &V::id(row.id));
        object.member("department_id", &V::id(id));
        object.member("department_name", &V::text(name.unwrap_or_default()));
    })
}

/// Writes the answer of `GET /Agent/me`: the agent's own record with its restrictions and claims.
///
/// Which claims a real tenant sends is not public; the names here are the simulator's own.
pub(crate) fn me(view: &View<'_>, buffer: &mut Vec<u8>) {
    let Some(row) = view.world.agents.get(view.rights.agent) else { return };
    let mut object = Object::open(buffer, view.style, i64::from(row.id));
    for field in FIELDS {
        object.member(field.name, &(field.value)(view, row));
    }
    let restricted = |ids: &Option<Vec<i32>>, id: &str, name: fn(&View<'_>, i32) -> String| {
        value::array(view.style, ids.iter().flatten(), |object, entry| {
            object.member("agent_id", &V::id(row.id));
            object.member(id, &V::id(*entry));
            object.member(&id.replace("_id", "_name"), &V::owned(name(view, *entry)));
        })
    };
    let clients = restricted(&view.rights.clients, "client_id", |view, id| {
        view.world.clients.get(id).map_or_else(String::new, |row| row.name.to_string())
    });
    let types = restricted(&view.rights.types, "tickettype_id", |view, id| {
        view.world.ticket_types.get(id).map_or_else(String::new, |row| row.name.to_string())
    });
    object.member("clients", &V::Raw(clients));
    object.member("tickettypes", &V::Raw(types));
    object.member("claims", &V::Raw(claims(view)));
    object.close();
}

fn claims(view: &View<'_>) -> Vec<u8> {
    let rights = view.rights;
    let yes = |flag: bool| if flag { "true" } else { "false" }.to_owned();
    let mut claims = vec![
        ("agent_id".to_owned(), rights.agent.to_string()),
        ("can_view_unassigned".to_owned(), yes(rights.unassigned)),
        ("can_view_others".to_owned(), yes(rights.others)),
        ("all_ticket_types".to_owned(), yes(rights.types.is_none())),
    ];
    for area in Area::all() {
        let level = match rights.access(area) {
            Access::None => "none",
            Access::Read => "read",
            Access::Full => "full",
        };
        claims.push((format!("feature_access_{}", area.name()), level.to_owned()));
    }
    value::array(view.style, claims, |object, (kind, held)| {
        object.member("type", &V::owned(kind));
        object.member("value", &V::owned(held));
    })
}
