//! What the agent of the token may see, and what the application may request.
//!
//! Everything is allowed until a switch named `agent_*` of [`crate::traps`] takes something away.

use serde_json::{Map, Value};

use crate::world::reference::ids;

/// Parts of HaloPSA that an agent is given feature access to, each with the scope that names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Area {
    Tickets,
    Projects,
    Opportunities,
    Customers,
    Users,
    Crm,
    Assets,
    Software,
    Contracts,
    Invoices,
    Items,
    Suppliers,
    Quotes,
    SalesOrders,
    PurchaseOrders,
    Calendar,
    Timesheets,
    Knowledge,
    Reporting,
    Agents,
    Configuration,
}

/// Each area with its name and the scopes of which one is enough, in the order of the areas. Which entity
/// falls under which scope is inferred in places.
const AREAS: [(Area, &str, &[&str]); 21] = [
    (Area::Tickets, "tickets", &["tickets"]),
    (Area::Projects, "projects", &["projects", "tickets"]),
    (Area::Opportunities, "opportunities", &["sales", "tickets"]),
    (Area::Customers, "customers", &["customers", "crm"]),
    (Area::Users, "users", &["customers", "crm"]),
    (Area::Crm, "crm", &["crm", "customers"]),
    (Area::Assets, "assets", &["assets"]),
    (Area::Software, "software", &["software", "softwarelicensing"]),
    (Area::Contracts, "contracts", &["contracts"]),
    (Area::Invoices, "invoices", &["invoices"]),
    (Area::Items, "items", &["items"]),
    (Area::Suppliers, "suppliers", &["suppliers"]),
    (Area::Quotes, "quotes", &["quotes"]),
    (Area::SalesOrders, "salesorders", &["sos"]),
    (Area::PurchaseOrders, "purchaseorders", &["pos"]),
    (Area::Calendar, "calendar", &["calendar"]),
    (Area::Timesheets, "timesheets", &["timesheets"]),
    (Area::Knowledge, "kb", &["kb"]),
    (Area::Reporting, "reporting", &["reporting"]),
    (Area::Agents, "agents", EVERY),
    (Area::Configuration, "configuration", EVERY),
];

/// The little lists and the agents belong to whatever a token is for.
const EVERY: &[&str] = &[
    "tickets",
    "projects",
    "sales",
    "customers",
    "crm",
    "assets",
    "software",
    "softwarelicensing",
    "contracts",
    "invoices",
    "items",
    "suppliers",
    "quotes",
    "sos",
    "pos",
    "calendar",
    "timesheets",
    "kb",
    "reporting",
];

impl Area {
    pub(crate) fn all() -> impl Iterator<Item = Area> {
        AREAS.iter().map(|(area, ..)| *area)
    }

    pub(crate) fn name(self) -> &'static str {
        AREAS[self as usize].1
    }

    fn scopes(self) -> &'static [&'static str] {
        AREAS[self as usize].2
    }
}

/// Feature access.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Access {
    None,
    Read,
    Full,
}

/// See the module.
#[derive(Clone)]
pub(crate) struct Rights {
    /// The agent to log in as.
    pub(crate) agent: i32,
    pub(crate) unassigned: bool,
    pub(crate) others: bool,
    pub(crate) types: Option<Vec<i32>>,
    pub(crate) teams: Option<Vec<i32>>,
    pub(crate) departments: Option<Vec<i32>>,
    pub(crate) clients: Option<Vec<i32>>,
    /// A member of no team: ticket lists are empty.
    pub(crate) no_team: bool,
    /// The application's login type is Agent.
    pub(crate) agent_login: bool,
    /// Only the agent's own timesheet.
    pub(crate) own_time: bool,
    access: [Access; AREAS.len()],
    /// Scopes the application may request; `None` is all.
    pub(crate) scopes: Option<Vec<String>>,
}

impl Default for Rights {
    fn default() -> Self {
        Self {
            agent: ids::API_AGENT,
            unassigned: true,
            others: true,
            types: None,
            teams: None,
            departments: None,
            clients: None,
            no_team: false,
            agent_login: true,
            own_time: false,
            access: [Access::Full; AREAS.len()],
            scopes: None,
        }
    }
}

impl Rights {
    pub(crate) fn access(&self, area: Area) -> Access {
        self.access[area as usize]
    }

    /// Takes away what one switch names; switches that are not about rights change nothing.
    pub(crate) fn restrict(&mut self, switch: &str, settings: &Map<String, Value>) {
        let ids = || {
            let list = settings.get("ids").and_then(Value::as_array).cloned().unwrap_or_default();
            Some(list.iter().filter_map(|id| i32::try_from(id.as_i64()?).ok()).collect::<Vec<_>>())
        };
        match switch {
            "agent_no_unassigned" => self.unassigned = false,
            "agent_own_tickets_only" => self.others = false,
            "agent_ticket_types" => self.types = ids(),
            "agent_teams" => self.teams = ids(),
            "agent_departments" => self.departments = ids(),
            "agent_clients" => self.clients = ids(),
            "agent_no_team" => self.no_team = true,
            "agent_login_type_other" => self.agent_login = false,
            "agent_own_timesheet_only" => self.own_time = true,
            "agent_access" => {
                for area in Area::all() {
                    self.access[area as usize] = match settings.get(area.name()).and_then(Value::as_str) {
                        Some("none") => Access::None,
                        Some("read") => Access::Read,
                        _ => Access::Full,
                    };
                }
            }
            "app_scopes" => {
                let list = settings.get("allowed").and_then(Value::as_array).cloned().unwrap_or_default();
                self.scopes = Some(list.iter().filter_map(|scope| scope.as_str().map(str::to_owned)).collect());
            }
            _ => {}
        }
    }

    pub(crate) fn client(&self, id: i32) -> bool {
        self.clients.as_ref().is_none_or(|ids| ids.contains(&id))
    }

    pub(crate) fn ticket_type(&self, id: i32) -> bool {
        self.types.as_ref().is_none_or(|ids| ids.contains(&id))
    }

    pub(crate) fn team(&self, id: i32, department: i32) -> bool {
        !self.no_team
            && self.teams.as_ref().is_none_or(|ids| ids.contains(&id))
            && self.departments.as_ref().is_none_or(|ids| ids.contains(&department))
    }

    /// Whether tickets assigned to this agent are shown.
    pub(crate) fn assigned_to(&self, agent: i32) -> bool {
        match agent {
            ids::UNASSIGNED => self.unassigned,
            _ => self.others || agent == self.agent,
        }
    }

    /// Whether any row of any kind is kept back: if not, lists need no look at each row.
    pub(crate) fn restricted(&self) -> bool {
        !self.unassigned
            || !self.others
            || self.no_team
            || self.own_time
            || [&self.types, &self.teams, &self.departments, &self.clients].iter().any(|list| list.is_some())
    }
}

/// Whether scopes allow reading or changing an area. The application's own permissions narrow what was
/// requested; neither ever widens what the agent may do.
pub(crate) fn scopes_allow(requested: &[String], permitted: Option<&Vec<String>>, area: Area, write: bool) -> bool {
    let covered = |scopes: &[String]| {
        scopes.iter().any(|scope| {
            let (verb, name) = scope.split_once(':').unwrap_or(("edit", scope));
            match (verb, name) {
                ("edit", "all") | ("all", "standard") => true,
                ("edit", "admin") => matches!(area, Area::Configuration | Area::Agents),
                ("edit", name) => area.scopes().contains(&name),
                ("read", name) => !write && area.scopes().contains(&name),
                _ => false,
            }
        })
    };
    covered(requested) && permitted.is_none_or(|permitted| covered(permitted))
}

/// Whether scopes make an administrator: webhooks are set up by nobody else.
///
/// Which scope it takes is concluded: `all:standard` is said to be all but what administrators do.
pub(crate) fn administers(requested: &[String], permitted: Option<&Vec<String>>) -> bool {
    let covered = |scopes: &[String]| scopes.iter().any(|scope| matches!(&**scope, "all" | "admin" | "edit:admin"));
    covered(requested) && permitted.is_none_or(|permitted| covered(permitted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_stand_at_their_own_place() {
        assert!(Area::all().enumerate().all(|(place, area)| area as usize == place));
    }

    #[test]
    fn scopes_narrow_and_never_widen() {
        let check = |requested: &str, permitted: Option<&str>, area, write| {
            let split = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
            scopes_allow(&split(requested), permitted.map(split).as_ref(), area, write)
        };
        for (requested, permitted, area, write, expected) in [
            ("all", None, Area::Invoices, true, true),
            ("all:standard", None, Area::Invoices, false, true),
            ("read:tickets", None, Area::Tickets, false, true),
            ("read:tickets", None, Area::Tickets, true, false),
            ("edit:tickets", None, Area::Tickets, false, true),
            ("read:tickets", None, Area::Invoices, false, false),
            ("read:tickets", None, Area::Configuration, false, true),
            ("admin", None, Area::Configuration, true, true),
            ("admin", None, Area::Tickets, false, false),
            ("all", Some("read:tickets"), Area::Invoices, false, false),
            ("all", Some("read:tickets"), Area::Tickets, true, false),
            ("read:invoices", Some("all"), Area::Tickets, false, false),
        ] {
            assert_eq!(
                check(requested, permitted, area, write),
                expected,
                "{requested} {permitted:?} {area:?} {write}"
            );
        }
    }
}
