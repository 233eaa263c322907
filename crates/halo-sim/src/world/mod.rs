//! The simulated managed service provider: all its records and their history.
//!
//! Made whole from a seed and the moment at which the history ends; later changed by
//! [`crate::mutate`] and by clients of the API, both through [`ops`]. Knows nothing of HTTP or JSON.

pub(crate) mod billing;
pub(crate) mod calendar;
pub(crate) mod columns;
pub(crate) mod commerce;
pub(crate) mod desk;
pub(crate) mod events;
pub(crate) mod history;
pub(crate) mod lifecycle;
pub(crate) mod news;
pub(crate) mod ops;
pub(crate) mod parties;
pub(crate) mod reference;
pub(crate) mod rota;
pub(crate) mod rows;
pub(crate) mod scale;
pub(crate) mod staff;
pub(crate) mod table;
pub(crate) mod words;

use crate::rng::Rng;
use crate::times::{DAY, Ms};
use calendar::Calendar;
use desk::Desk;
use rota::Rota;
use rows::{
    Activity, Agent, Category, Change, Client, Holiday, Invoice, Lookup, Outcome, Priority, Site, Sla, Status, Team,
    Ticket, TicketType, TimeEntry, User, Workday,
};
use scale::Scale;
use table::Table;

/// Length of the history: about three years.
const HISTORY: Ms = 1_096 * DAY;

/// See the module.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) calendar: Calendar,
    pub(crate) rota: Rota,
    /// Its work in progress.
    pub(crate) desk: Desk,
    pub(crate) clients: Table<Client>,
    pub(crate) sites: Table<Site>,
    pub(crate) users: Table<User>,
    pub(crate) agents: Table<Agent>,
    pub(crate) teams: Table<Team>,
    pub(crate) ticket_types: Table<TicketType>,
    pub(crate) statuses: Table<Status>,
    pub(crate) priorities: Table<Priority>,
    pub(crate) slas: Table<Sla>,
    pub(crate) workdays: Table<Workday>,
    pub(crate) holidays: Table<Holiday>,
    pub(crate) categories: Table<Category>,
    pub(crate) outcomes: Table<Outcome>,
    pub(crate) lookups: Table<Lookup>,
    pub(crate) tickets: Table<Ticket>,
    pub(crate) invoices: Table<Invoice>,
    pub(crate) time_entries: Table<TimeEntry>,
    pub(crate) feed: Table<Activity>,
    pub(crate) user_changes: Table<Change>,
    pub(crate) invoice_changes: Table<Change>,
    pub(crate) commerce: commerce::Commerce,
    /// The id of the next line of an invoice.
    pub(crate) next_line: i32,
    /// What happened, for whoever listens.
    pub(crate) news: news::Bulletin,
    /// How far stamps may lie before the true time: 0, unless a trap says otherwise.
    pub(crate) stamp_lag: Ms,
    lag: Rng,
}

impl World {
    /// Makes the provider with `tickets` tickets, its history ending at `now`.
    #[cfg(test)]
    pub(crate) fn new(seed: u64, now: Ms, tickets: u32) -> Self {
        Self::sized(seed, now, tickets, Scale::of(tickets))
    }

    /// Makes a provider of that size.
    pub(crate) fn sized(seed: u64, now: Ms, tickets: u32, scale: Scale) -> Self {
        let start = now - HISTORY;
        let mut world = Self {
            seed,
            calendar: Calendar::new(start, start, &[]),
            rota: Rota::default(),
            desk: Desk::default(),
            clients: Table::default(),
            sites: Table::default(),
            users: Table::default(),
            agents: Table::default(),
            teams: Table::default(),
            ticket_types: Table::default(),
            statuses: Table::default(),
            priorities: Table::default(),
            slas: Table::default(),
            workdays: Table::default(),
            holidays: Table::default(),
            categories: Table::default(),
            outcomes: Table::default(),
            lookups: Table::default(),
            tickets: Table::default(),
            invoices: Table::default(),
            time_entries: Table::default(),
            feed: Table::default(),
            user_changes: Table::default(),
            invoice_changes: Table::default(),
            commerce: commerce::Commerce::default(),
            next_line: 1,
            news: news::Bulletin::default(),
            stamp_lag: 0,
            lag: Rng::new(seed, "stamp lag", 0),
        };
        reference::fill(&mut world, start, now);
        let holidays: Vec<Ms> = world.holidays.live().map(|holiday| holiday.day).collect();
        world.calendar = Calendar::new(start - 30 * DAY, now + 1_500 * DAY, &holidays);
        staff::fill(&mut world, start, now, scale);
        parties::fill(&mut world, start, now, scale);
        history::fill(&mut world, start, now, tickets);
        billing::fill(&mut world, start, now);
        commerce::fill(&mut world, start, now);
        world
    }

    /// Makes the desk ready to work on after the history; tells when it has something to do next.
    pub(crate) fn go_live(&mut self, now: Ms) -> Ms {
        let mut desk = std::mem::take(&mut self.desk);
        desk.go_live(self, now);
        self.desk = desk;
        self.desk.due()
    }

    /// Lets everything happen that the desk has to do up to a moment; tells when it has something to do next.
    pub(crate) fn live_until(&mut self, now: Ms) -> Ms {
        let mut desk = std::mem::take(&mut self.desk);
        desk.run(self, now);
        self.desk = desk;
        self.desk.due()
    }

    /// The change stamp for something that happens now.
    pub(crate) fn stamp(&mut self, now: Ms) -> Ms {
        if self.stamp_lag == 0 { now } else { now - self.lag.between(0, self.stamp_lag) }
    }
}

#[cfg(test)]
mod tests;
