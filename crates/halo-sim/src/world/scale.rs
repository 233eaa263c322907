//! How large the provider is: it follows from the number of tickets in its history.
//!
//! Forty clients with 1,560 people and ten engineers make about 40,000 tickets in three years: 0.7 a
//! person and month, 26 an engineer and week. From there on everything grows with the tickets. With fewer
//! tickets the same clients and people are there, only busy elsewhere: a thin sample of such a desk.

use super::words::{CLIENTS, FIRST_WORDS, SECOND_WORDS};

/// See the module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Scale {
    pub(crate) clients: usize,
    /// People of all clients together, about.
    pub(crate) people: u32,
    /// Engineers of all tiers at the end of the history.
    pub(crate) engineers: usize,
    /// Groups of first and second line, each with its own clients.
    pub(crate) pods: usize,
    pub(crate) projects: u32,
    pub(crate) opportunities: u32,
}

/// The tickets that the forty clients make.
const USUAL: u32 = 40_000;
/// Tickets in three years for which one engineer is needed.
const PER_ENGINEER: u32 = 4_000;
const MOST_CLIENTS: usize = CLIENTS.len() + FIRST_WORDS.len() * SECOND_WORDS.len();

impl Scale {
    /// The same with so many clients.
    pub(crate) fn with_clients(self, clients: Option<u32>) -> Self {
        let clients = clients.map_or(self.clients, |clients| (clients as usize).clamp(1, MOST_CLIENTS));
        Self { clients, ..self }
    }

    /// Tickets as thousandths of what the clients would make, up to all of it.
    pub(crate) fn density(tickets: u32) -> u64 {
        u64::from(tickets.min(USUAL)) * 1_000 / u64::from(USUAL)
    }

    pub(crate) fn of(tickets: u32) -> Self {
        let beyond = tickets.saturating_sub(USUAL) as usize;
        let engineers = (tickets / PER_ENGINEER).max(10) as usize;
        Self {
            clients: (CLIENTS.len() + beyond * 3 / 8_000).min(MOST_CLIENTS),
            people: u32::try_from(u64::from(tickets.max(USUAL)) * 39 / 1_000).unwrap_or(u32::MAX),
            engineers,
            pods: (engineers / 40).clamp(1, super::words::TOWNS.len() + 1),
            projects: tickets / 200 + (tickets / 25).min(6),
            opportunities: tickets / 150 + (tickets / 20).min(8),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_grows_with_its_tickets() {
        let check = |tickets, clients, engineers, pods| {
            let scale = Scale::of(tickets);
            assert_eq!((scale.clients, scale.engineers, scale.pods), (clients, engineers, pods), "{tickets}");
        };
        check(0, 40, 10, 1);
        check(2_000, 40, 10, 1);
        check(40_000, 40, 10, 1);
        check(200_000, 100, 50, 1);
        check(1_000_000, 400, 250, 6);
        check(5_000_000, MOST_CLIENTS, 1_250, 7);
    }
}
