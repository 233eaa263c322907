//! The record that an event is about, whatever its kind.

use crate::entity::{View, actions, billing, client, site, ticket, user};
use crate::value::SortKey;
use crate::world::World;
use crate::world::events::Of;
use crate::world::rows::{Action, Client, Invoice, Site, Ticket, User};
use crate::world::table::{Row, Table};

/// See the module. Deleted ones too: they are still known.
pub(super) enum Record<'a> {
    Ticket(&'a Ticket),
    Action(&'a Action),
    Client(&'a Client),
    Site(&'a Site),
    User(&'a User),
    Invoice(&'a Invoice),
    None,
}

/// Does the same with a record of any kind and the description of its kind.
macro_rules! each {
    (@ $found:ident, $kind:path, $row:ident, $entity:ident => $done:expr) => {{
        let ($row, $entity) = (*$found, &$kind);
        $done
    }};
    ($record:expr, $row:ident, $entity:ident => $done:expr, $none:expr) => {
        match $record {
            Record::Ticket(row) => each!(@ row, ticket::TICKETS, $row, $entity => $done),
            Record::Action(row) => each!(@ row, actions::ACTIONS, $row, $entity => $done),
            Record::Client(row) => each!(@ row, client::CLIENT, $row, $entity => $done),
            Record::Site(row) => each!(@ row, site::SITE, $row, $entity => $done),
            Record::User(row) => each!(@ row, user::USERS, $row, $entity => $done),
            Record::Invoice(row) => each!(@ row, billing::INVOICE, $row, $entity => $done),
            Record::None => $none,
        }
    };
}

impl<'a> Record<'a> {
    pub(super) fn find(world: &'a World, of: Of, id: i32, action: u16) -> Self {
        let found = match of {
            Of::Ticket => world.tickets.get(id).map(Record::Ticket),
            Of::Action => {
                let place = usize::from(action).checked_sub(1);
                let ticket = world.tickets.get(id);
                ticket.zip(place).and_then(|(ticket, place)| ticket.actions.get(place)).map(Record::Action)
            }
            Of::Client => world.clients.get(id).map(Record::Client),
            Of::Site => world.sites.get(id).map(Record::Site),
            Of::User => world.users.get(id).map(Record::User),
            Of::Invoice => world.invoices.get(id).map(Record::Invoice),
            Of::Other => None,
        };
        found.unwrap_or(Record::None)
    }

    /// Writes the fields of these names, or all that a single record shows when none are named.
    pub(super) fn write(&self, view: &View<'a>, keys: Option<&[&str]>, buffer: &mut Vec<u8>) {
        each!(self, row, entity => match keys {
            None => entity.write(view, row, buffer),
            Some(keys) => entity.write_some(view, row, buffer, |field| keys.contains(&field.name)),
        }, buffer.extend_from_slice(b"null"));
    }

    pub(super) fn value(&self, view: &View<'a>, name: &str) -> SortKey {
        each!(self, row, entity => {
            entity.field(name).map_or(SortKey::Nothing, |field| SortKey::from((field.value)(view, row)))
        }, SortKey::Nothing)
    }
}

/// A record of a kind that is gone: the last one that was deleted, or a number that nothing ever had.
pub(super) fn gone(world: &World, of: Of) -> i32 {
    match of {
        Of::Ticket | Of::Action => gone_of(&world.tickets),
        Of::Client => gone_of(&world.clients),
        Of::Site => gone_of(&world.sites),
        Of::User => gone_of(&world.users),
        Of::Invoice => gone_of(&world.invoices),
        Of::Other => 0,
    }
}

fn gone_of<R: Row>(table: &Table<R>) -> i32 {
    let id = table.rows().iter().rfind(|row| row.deleted()).map_or(table.next_id() + 1_000, Row::id);
    i32::try_from(id).unwrap_or(i32::MAX)
}

/// The latest `count` live records of a kind, starting again when there are fewer.
pub(super) fn latest(world: &World, of: Of, count: usize) -> Vec<i32> {
    match of {
        Of::Ticket | Of::Action => latest_of(&world.tickets, count),
        Of::Client => latest_of(&world.clients, count),
        Of::Site => latest_of(&world.sites, count),
        Of::User => latest_of(&world.users, count),
        Of::Invoice => latest_of(&world.invoices, count),
        Of::Other => Vec::new(),
    }
}

fn latest_of<R: Row>(table: &Table<R>, count: usize) -> Vec<i32> {
    let live = table.lane(0).iter().rev().map(|place| table.rows()[*place as usize].id());
    live.filter_map(|id| i32::try_from(id).ok()).cycle().take(count).collect()
}
