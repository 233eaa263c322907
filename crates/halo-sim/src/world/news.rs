//! What happened to records, for whoever listens: the one place where a change becomes an event.
//!
//! [`super::ops`] tells of each change as it makes it. Nothing is kept unless somebody listens.

use std::collections::HashSet;

use super::events::{Of, What};
use super::reference::ids;
use super::rows::Ticket;
use crate::times::{EMPTY, Ms};

/// One thing that happened to one record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct News {
    pub(crate) of: Of,
    pub(crate) what: What,
    /// Number of the record; of an action, that of its ticket.
    pub(crate) id: i32,
    /// Number of an action on its ticket, else 0.
    pub(crate) action: u16,
    /// Who did it; 0 when no agent did.
    pub(crate) agent: i32,
    pub(crate) at: Ms,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Bulletin {
    listening: bool,
    agent: i32,
    news: Vec<News>,
}

impl Bulletin {
    /// Keeps what happens from now on, or no longer.
    pub(crate) fn listen(&mut self, listening: bool) {
        self.listening = listening;
    }

    /// What happens from now on is done by this agent; answers with the one before.
    pub(crate) fn by(&mut self, agent: i32) -> i32 {
        std::mem::replace(&mut self.agent, agent)
    }

    pub(crate) fn tell(&mut self, of: Of, what: What, id: i32, at: Ms) {
        self.add(News { of, what, id, action: 0, agent: self.agent, at });
    }

    /// A record was changed, or deleted by the change.
    pub(crate) fn changed(&mut self, of: Of, id: i32, at: Ms, deleted: bool) {
        self.tell(of, if deleted { What::Deleted } else { What::Changed }, id, at);
    }

    /// An action was added to a ticket, by the contact when there is no agent.
    pub(crate) fn action(&mut self, ticket: i32, action: u16, agent: i32, at: Ms) {
        self.add(News { of: Of::Action, what: What::Created, id: ticket, action, agent, at });
        if agent == 0 && action > 1 {
            self.add(News { of: Of::Ticket, what: What::Acted, id: ticket, action: 0, agent, at });
        }
    }

    /// A ticket was changed. What is deleted says nothing more until it is restored.
    pub(super) fn ticket(&mut self, id: i32, at: Ms, before: Glance, after: Glance) {
        match (before.deleted, after.deleted) {
            (true, true) => return,
            (false, true) => return self.tell(Of::Ticket, What::Deleted, id, at),
            _ => {}
        }
        for (happened, what) in [
            (true, What::Changed),
            (before.status != after.status, What::StatusChanged),
            (before.closed == EMPTY && after.closed != EMPTY, What::Closed),
            (before.agent != after.agent && before.agent > ids::UNASSIGNED, What::Reassigned),
            (before.satisfaction != after.satisfaction && after.satisfaction > 0, What::Rated),
        ] {
            if happened {
                self.tell(Of::Ticket, what, id, at);
            }
        }
    }

    fn add(&mut self, news: News) {
        if self.listening {
            self.news.push(news);
        }
    }

    /// What happened since the last time. Several changes of one record in one moment are one change, and a
    /// record that is new in that moment was not changed besides.
    pub(crate) fn take(&mut self) -> Vec<News> {
        self.agent = 0;
        let mut told = HashSet::new();
        let mut born = HashSet::new();
        std::mem::take(&mut self.news)
            .into_iter()
            .filter(|news| {
                let record = (if news.of == Of::Action { Of::Ticket } else { news.of }, news.id, news.at);
                let implied = news.what == What::Changed || news.action == 1;
                if news.what == What::Created && news.of != Of::Action {
                    born.insert(record);
                }
                !(implied && born.contains(&record)) && told.insert(News { agent: 0, ..*news })
            })
            .collect()
    }
}

/// What of a ticket raises events of its own.
#[derive(Clone, Copy)]
pub(super) struct Glance {
    deleted: bool,
    closed: Ms,
    status: i32,
    agent: i32,
    satisfaction: u8,
}

impl Glance {
    pub(super) fn of(row: &Ticket) -> Self {
        let &Ticket { deleted, closed, status, agent, satisfaction, .. } = row;
        Self { deleted, closed, status, agent, satisfaction }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::times;
    use crate::world::World;
    use crate::world::ops::ticket;
    use crate::world::rows::Kind;

    fn told(of: impl FnOnce(&mut World, Ms)) -> Vec<(Of, What, i32)> {
        let now = times::parse("2026-11-24T17:00:00").unwrap();
        let mut world = World::new(6, now, 200);
        assert_eq!(world.news.take(), [], "nobody listened to the history");
        world.news.listen(true);
        of(&mut world, now);
        world.news.take().into_iter().map(|news| (news.of, news.what, news.id)).collect()
    }

    #[test]
    fn a_new_ticket_is_one_event_and_its_closure_says_what_changed() {
        let new = told(|world, now| {
            let party = ticket::party(world, 60).unwrap();
            ticket::create(world, now, Kind::Ticket, &party);
        });
        assert!(matches!(new[..], [(Of::Ticket, What::Created, _)]), "{new:?}");
        let closed = told(|world, now| {
            ticket::change(world, now, 1_010, |row| (row.status, row.closed) = (2, EMPTY));
            ticket::change(world, now + 1, 1_010, |row| ticket::set_status(row, ids::CLOSED, now));
        });
        assert!(closed.ends_with(&[What::Changed, What::StatusChanged, What::Closed].map(|what| (
            Of::Ticket,
            what,
            1_010
        ))));
    }

    #[test]
    fn what_is_deleted_says_so_once() {
        let gone = told(|world, now| {
            ticket::delete(world, now, 1_010);
            ticket::change(world, now, 1_010, |row| row.flagged = true);
        });
        assert_eq!(gone, [(Of::Ticket, What::Deleted, 1_010)]);
    }
}
