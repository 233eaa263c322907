//! The catalogue of events that HaloPSA can notify of, and which change of a record raises which.
//!
//! HaloPSA publishes no whole list. Numbers below [`OWN`] are on record in public sources; the others, and
//! most names, are the simulator's own: a client has to ask for the list (`GET /Lookup?lookupid=64`).

use What::{Acted, Changed, Closed, Created, Deleted, Never, Paid, Rated, Reassigned, StatusChanged};

/// The lookup that lists the catalogue.
pub(crate) const LOOKUP: i32 = 64;

/// Where the simulator's own numbers begin.
const OWN: i32 = 9_001;

/// What kind of record an event is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Of {
    /// Projects and opportunities too: they share the storage of tickets.
    Ticket,
    Action,
    Client,
    Site,
    User,
    Invoice,
    /// Nothing whose changes are followed.
    Other,
}

impl Of {
    /// The member of a delivery that holds the record. `ticket` was seen live, the others are inferred.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Of::Ticket => "ticket",
            Of::Action => "action",
            Of::Client => "client",
            Of::Site => "site",
            Of::User => "user",
            Of::Invoice => "invoice",
            Of::Other => "object",
        }
    }

    /// The path of the list that holds such records.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Of::Ticket => "Tickets",
            Of::Action => "Actions",
            Of::Client => "Client",
            Of::Site => "Site",
            Of::User => "Users",
            Of::Invoice => "Invoice",
            Of::Other => "",
        }
    }
}

/// What can happen to a record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum What {
    Created,
    Changed,
    Deleted,
    StatusChanged,
    Closed,
    Reassigned,
    /// The contact, not an agent, added something.
    Acted,
    Rated,
    Paid,
    /// In the list, but never raised here.
    Never,
}

/// One event of the catalogue.
#[derive(PartialEq, Debug)]
pub(crate) struct Event {
    pub(crate) no: i32,
    /// As the drop-down shows it; deliveries carry it in lower case.
    pub(crate) name: &'static str,
    pub(crate) of: Of,
    pub(crate) what: What,
}

const fn event(no: i32, name: &'static str, of: Of, what: What) -> Event {
    Event { no, name, of, what }
}

/// In order of number.
pub(crate) static CATALOGUE: &[Event] = &[
    event(3, "New Ticket Logged", Of::Ticket, Created),
    event(19, "Ticket Updated by User", Of::Ticket, Acted),
    event(39, "Closed", Of::Ticket, Closed),
    event(42, "1st SLA Warning", Of::Ticket, Never),
    event(46, "2nd SLA Warning", Of::Ticket, Never),
    event(61, "Ticket Updated", Of::Ticket, Changed),
    event(70, "Ticket Deadline", Of::Ticket, Never),
    event(76, "Ticket Status Changed", Of::Ticket, StatusChanged),
    event(1_004, "Action Added", Of::Action, Created),
    event(1_072, "Ticket Deleted", Of::Ticket, Deleted),
    event(OWN, "Ticket Changed", Of::Ticket, Changed),
    event(OWN + 1, "Ticket Re-assigned", Of::Ticket, Reassigned),
    event(OWN + 2, "Feedback Added", Of::Ticket, Rated),
    event(OWN + 3, "Site created", Of::Site, Created),
    event(OWN + 4, "Site updated", Of::Site, Changed),
    event(OWN + 5, "Site deleted", Of::Site, Deleted),
    event(OWN + 6, "User created", Of::User, Created),
    event(OWN + 7, "User updated", Of::User, Changed),
    event(OWN + 8, "User deleted", Of::User, Deleted),
    event(OWN + 9, "Invoice created", Of::Invoice, Created),
    event(OWN + 10, "Invoice updated", Of::Invoice, Changed),
    event(OWN + 11, "Invoice deleted", Of::Invoice, Deleted),
    event(OWN + 12, "Invoice paid", Of::Invoice, Paid),
    event(OWN + 13, "Client created", Of::Client, Created),
    event(OWN + 14, "Client updated", Of::Client, Changed),
    event(OWN + 15, "Client deleted", Of::Client, Deleted),
    event(OWN + 16, "Escalated", Of::Ticket, Never),
    event(OWN + 17, "Time Taken Exceeded Estimate", Of::Ticket, Never),
    event(OWN + 18, "Approval Required", Of::Ticket, Never),
    event(OWN + 19, "Approval Outcome", Of::Ticket, Never),
    event(OWN + 20, "Mention", Of::Ticket, Never),
    event(OWN + 21, "Appointment Notification", Of::Other, Never),
    event(OWN + 22, "Contract Expiry Alarm", Of::Other, Never),
    event(OWN + 23, "Stock Reorder Alarm", Of::Other, Never),
    event(OWN + 24, "Quotation created", Of::Other, Never),
    event(OWN + 25, "Quotation updated", Of::Other, Never),
    event(OWN + 26, "Quotation deleted", Of::Other, Never),
    event(OWN + 27, "Quote Status Changed", Of::Other, Never),
    event(OWN + 28, "Sales Order created", Of::Other, Never),
    event(OWN + 29, "Sales Order updated", Of::Other, Never),
    event(OWN + 30, "Sales Order deleted", Of::Other, Never),
    event(OWN + 31, "Purchase Order created", Of::Other, Never),
    event(OWN + 32, "Purchase Order updated", Of::Other, Never),
    event(OWN + 33, "Purchase Order deleted", Of::Other, Never),
];

pub(crate) fn numbered(no: i64) -> Option<&'static Event> {
    CATALOGUE.iter().find(|event| i64::from(event.no) == no)
}

/// By name, whose case does not matter.
pub(crate) fn named(name: &str) -> Option<&'static Event> {
    CATALOGUE.iter().find(|event| event.name.eq_ignore_ascii_case(name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_and_names_are_unique() {
        assert!(CATALOGUE.is_sorted_by(|one, other| one.no < other.no));
        assert!(
            CATALOGUE.iter().all(|event| named(event.name) == Some(event) && numbered(event.no.into()) == Some(event))
        );
    }
}
