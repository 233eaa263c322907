//! Statuses, priorities, teams, agents and the other small lists of the simulated provider.

use super::calendar::bank_holidays;
use super::rows::{Category, Holiday, Kind, Lookup, Outcome, Priority, Sla, Status, TicketType, Workday};
use super::words::{RESOLUTIONS, TOPICS};
use super::{World, events};
use crate::times::{self, Ms};

/// The ids that the history and the mutations name.
pub(crate) mod ids {
    pub(crate) const NEW: i32 = 1;
    pub(crate) const IN_PROGRESS: i32 = 2;
    pub(crate) const ACTION_REQUIRED: i32 = 3;
    pub(crate) const WITH_USER: i32 = 4;
    pub(crate) const WITH_SUPPLIER: i32 = 5;
    pub(crate) const CLOSED: i32 = 9;
    pub(crate) const WITH_CAB: i32 = 10;
    pub(crate) const ON_HOLD: i32 = 21;
    pub(crate) const UNASSIGNED: i32 = 1;
    pub(crate) const FIRST_AGENT: i32 = 4;
    pub(crate) const UNKNOWN_CLIENT: i32 = 1;
    pub(crate) const FIRST_TEAM: i32 = 2;
    pub(crate) const INCIDENT: i32 = 1;
    pub(crate) const REQUEST: i32 = 2;
    pub(crate) const ALERT: i32 = 3;
    pub(crate) const INTERNAL: i32 = 4;
    pub(crate) const CHANGE: i32 = 6;
    pub(crate) const PROJECT: i32 = 20;
    pub(crate) const OPPORTUNITY: i32 = 21;
    pub(crate) const FIRST_CATEGORY: i32 = 20;
    /// Outcomes of actions.
    pub(crate) const CONTACT: i16 = -1;
    pub(crate) const EMAIL: i16 = 1;
    pub(crate) const PHONE: i16 = 2;
    pub(crate) const NOTE: i16 = 7;
    pub(crate) const CLOSE: i16 = 9;
    pub(crate) const REASSIGN: i16 = 15;
    /// The API-only agent as whom the simulated application logs in.
    pub(crate) const API_AGENT: i32 = 30;
}

/// The managed service contract of a client; "Unknown" and its like have none.
pub(crate) fn contract_of(client: i32) -> i32 {
    (client - 5).max(0)
}

const STATUSES: [(i32, &str, &str, &str); 8] = [
    (1, "New", "New", "#d0021b"),
    (2, "In Progress", "In Prog", "#f5a623"),
    (3, "Action Required", "Action", "#9013fe"),
    (4, "With User", "User", "#4a90e2"),
    (5, "With Supplier", "Supplier", "#8b572a"),
    (9, "Closed", "Closed", "#7ed321"),
    (10, "With CAB", "CAB", "#50e3c2"),
    (21, "On Hold", "Hold", "#808080"),
];

const TICKET_TYPES: [(i32, &str, Kind); 8] = [
    (1, "Incident", Kind::Ticket),
    (2, "Service Request", Kind::Ticket),
    (3, "Alert", Kind::Ticket),
    (4, "Internal", Kind::Ticket),
    (5, "Problem", Kind::Ticket),
    (6, "Change", Kind::Ticket),
    (20, "Project", Kind::Project),
    (21, "Opportunity", Kind::Opportunity),
];

/// Hours to respond and to fix, under either SLA.
type Targets = [(i32, i32); 2];

/// Priority number, name, colour, and (hours to respond, hours to fix) under either SLA: the numbers
/// are the same under both, their targets are not.
const PRIORITIES: [(u8, &str, &str, Targets); 4] = [
    (1, "Critical", "#d0021b", [(1, 4), (1, 2)]),
    (2, "High", "#f5a623", [(2, 8), (1, 4)]),
    (3, "Medium", "#f8e71c", [(4, 16), (2, 8)]),
    (4, "Low", "#7ed321", [(8, 40), (4, 24)]),
];

const OUTCOMES: [(i32, &str, bool); 7] = [
    (-1, "First User Email", false),
    (1, "Email User", false),
    (2, "Phone Call", false),
    (7, "Private Note", true),
    (9, "Close", false),
    (12, "Status Change", true),
    (15, "Re-assign", true),
];

/// Lookup list 17 holds charge rates, list 22 ticket sources; the names are the simulator's own.
const LOOKUPS: [(i32, i32, &str); 7] = [
    (17, 1, "Remote support"),
    (17, 2, "On site"),
    (17, 3, "Project work"),
    (22, 1, "Portal"),
    (22, 2, "Phone"),
    (22, 4, "Email"),
    (22, 5, "Monitoring"),
];

pub(super) fn fill(world: &mut World, start: Ms, end: Ms) {
    let named = |text: &str| -> Box<str> { text.into() };
    world.statuses = STATUSES
        .iter()
        .zip(1..)
        .map(|((id, name, short, colour), sequence)| Status {
            id: *id,
            name: named(name),
            short: named(short),
            sequence: if *id == ids::CLOSED { 99 } else { sequence },
            colour: named(colour),
            deleted: false,
        })
        .collect();
    world.ticket_types = TICKET_TYPES
        .iter()
        .map(|(id, name, kind)| TicketType {
            id: *id,
            name: named(name),
            kind: *kind,
            inactive: *name == "Problem",
            deleted: false,
        })
        .collect();
    world.slas = [(1, "Standard SLA"), (2, "Premium SLA")]
        .map(|(id, name)| Sla { id, name: named(name), deleted: false })
        .into_iter()
        .collect();
    world.priorities = (0..2_usize)
        .flat_map(|sla| PRIORITIES.iter().map(move |row| (sla, row)))
        .zip(1..)
        .map(|((sla, (number, name, colour, targets)), id)| Priority {
            id,
            sla: i32::from(sla == 1) + 1,
            number: *number,
            name: named(name),
            respond_hours: targets[sla].0,
            fix_hours: targets[sla].1,
            colour,
            deleted: false,
        })
        .collect();
    world.workdays =
        std::iter::once(Workday { id: 1, name: named("Monday to Friday 09:00-17:30"), deleted: false }).collect();
    world.holidays = (times::civil(start).year - 1..=times::civil(end).year + 1)
        .flat_map(bank_holidays)
        .zip(1..)
        .map(|((name, day), id)| Holiday { id, name: named(name), day, deleted: false })
        .collect();
    world.outcomes = OUTCOMES
        .map(|(id, name, private)| Outcome { id, name: named(name), private, deleted: false })
        .into_iter()
        .collect();
    let events = events::CATALOGUE.iter().map(|event| (events::LOOKUP, event.no, event.name));
    world.lookups = LOOKUPS
        .into_iter()
        .chain(events)
        .map(|(list, id, name)| Lookup { list, id, name: named(name), deleted: false })
        .collect();
    let topics = TOPICS.iter().map(|topic| (1, topic.category));
    world.categories = topics
        .chain(RESOLUTIONS.iter().map(|path| (2, *path)))
        .zip(ids::FIRST_CATEGORY..)
        .map(|((kind, value), id)| Category { id, kind, value: named(value), deleted: false })
        .collect();
}
