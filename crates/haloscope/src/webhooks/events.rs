//! The events that HaloPSA's webhooks announce: names as its screens and deliveries write them, and which records they are
//! about. Sources: `docs/halo-facts.md#webhooks`.

use halo_client::entities::ENTITIES;
use serde::{Deserialize, Serialize};

/// What an event says of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// It is new.
    Created,
    /// It changed.
    Changed,
    /// It is gone.
    Deleted,
}

impl Says {
    /// The word for it in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
        }
    }
}

/// Records that a webhook tells of.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// Its name, which is that of its first table; see [`halo_client::entities::Entity::family`].
    pub name: &'static str,
    /// Key of the record's object inside a delivery.
    pub object: &'static str,
}

impl Family {
    /// Tables that hold its records; they share one id space.
    pub fn tables(&self) -> Vec<&'static str> {
        let own = ENTITIES.iter().filter(|entity| entity.family == Some(self.name));
        own.map(|entity| entity.table).collect()
    }
}

/// Tickets, with the projects and opportunities that share their numbers.
pub static TICKETS: Family = Family { name: "tickets", object: "ticket" };
/// Sites.
pub static SITES: Family = Family { name: "sites", object: "site" };
/// Users.
pub static USERS: Family = Family { name: "users", object: "user" };
/// Invoices.
pub static INVOICES: Family = Family { name: "invoices", object: "invoice" };

/// All families.
pub static FAMILIES: [&Family; 4] = [&TICKETS, &SITES, &USERS, &INVOICES];

/// One event that a customer chooses in HaloPSA.
#[derive(Debug)]
pub struct Event {
    /// As HaloPSA's drop-down writes it.
    pub name: &'static str,
    /// Its records.
    pub family: &'static Family,
    /// What it says of them.
    pub says: Says,
    /// Other names, lower case, that announce the same.
    also: &'static [&'static str],
}

/// The eleven events of the set-up, in the order in which they are shown.
pub static EVENTS: [Event; 11] = [
    event(
        "Ticket Changed",
        &TICKETS,
        Says::Changed,
        &[
            "ticket updated",
            "ticket updated by user",
            "ticket status changed",
            "ticket re-assigned",
            "ticket reassigned",
            "ticket closed",
            "ticket deleted",
            "ticket deadline",
            "closed",
            "escalated",
            "1st sla warning",
            "2nd sla warning",
            "action added",
            "time taken exceeded estimate",
            "feedback added",
        ],
    ),
    event("New Ticket Logged", &TICKETS, Says::Created, &["ticket logged", "ticket created"]),
    event("Site created", &SITES, Says::Created, &["new site", "new site created"]),
    event("Site updated", &SITES, Says::Changed, &["site changed"]),
    event("Site deleted", &SITES, Says::Deleted, &[]),
    event("User created", &USERS, Says::Created, &["new user", "new user created"]),
    event("User updated", &USERS, Says::Changed, &["user changed"]),
    event("User deleted", &USERS, Says::Deleted, &[]),
    event("Invoice created", &INVOICES, Says::Created, &["new invoice", "new invoice created"]),
    event("Invoice updated", &INVOICES, Says::Changed, &["invoice changed", "invoice paid"]),
    event("Invoice deleted", &INVOICES, Says::Deleted, &[]),
];

const fn event(name: &'static str, family: &'static Family, says: Says, also: &'static [&'static str]) -> Event {
    Event { name, family, says, also }
}

/// The event of the eleven that a delivery's words announce. Case does not matter, and systems with the wording of ITIL say
/// `request` for `ticket`. That a ticket was deleted counts as a change of it; [`says`] tells more.
pub fn find(words: &str) -> Option<&'static Event> {
    let words = plain(words);
    EVENTS.iter().find(|event| event.name.eq_ignore_ascii_case(&words) || event.also.contains(&words.as_str()))
}

/// Whether the drop-down's name is that of the event itself, not of another that announces the same.
pub fn is_named(event: &Event, name: &str) -> bool {
    event.name.eq_ignore_ascii_case(&plain(name))
}

/// What these words say of the record.
pub fn says(words: &str) -> Option<Says> {
    let event = find(words)?;
    Some(if plain(words).ends_with("deleted") { Says::Deleted } else { event.says })
}

fn plain(words: &str) -> String {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    words.replace("request", "ticket")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_wording() {
        let check = |words: &str, name: &str, wanted: Says| {
            let found = find(words).unwrap_or_else(|| panic!("{words} is not found"));
            assert_eq!((found.name, says(words)), (name, Some(wanted)), "{words}");
        };
        check("ticket status changed", "Ticket Changed", Says::Changed);
        check("Ticket Changed", "Ticket Changed", Says::Changed);
        check("NEW  ticket logged ", "New Ticket Logged", Says::Created);
        check("new request logged", "New Ticket Logged", Says::Created);
        check("Request Updated", "Ticket Changed", Says::Changed);
        check("ticket deleted", "Ticket Changed", Says::Deleted);
        check("invoice deleted", "Invoice deleted", Says::Deleted);
        assert!(find("stock reorder alarm").is_none() && find("").is_none());
    }

    #[test]
    fn each_event_is_found_by_its_own_name_only_once() {
        for event in &EVENTS {
            assert!(std::ptr::eq(find(event.name).unwrap(), event), "{}", event.name);
            for words in event.also {
                assert!(std::ptr::eq(find(words).unwrap(), event), "{words}");
            }
        }
    }
}
