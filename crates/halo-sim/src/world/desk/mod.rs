//! The service desk at work: what comes in, who takes it, what is done, and when it ends.
//!
//! A queue of events in order of time. Each open ticket has at most one event in it: the next thing that
//! happens to it. The history is this queue run up to the present; `--live` runs it on. Everything is
//! written through [`super::ops`], as clients of the API do, so stamps, logs and time entries follow alike.
//! Chance is drawn from a generator per ticket, day or agent; the order of events is that of time.

mod case;
mod contacts;
mod demand;
mod people;
mod sessions;
mod upkeep;
mod work;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::World;
use super::lifecycle::{Draft, Origin, Party};
use super::ops::ticket::{link, log};
use super::rows::{Kind, Text};
use super::scale::Scale;
use crate::rng::Rng;
use crate::times::{DAY, HOUR, MINUTE, Ms};
use case::Case;
use contacts::Contacts;
use demand::{Arrival, Demand};
use people::People;
use sessions::Internal;
use upkeep::Errand;

/// See the module.
#[derive(Default)]
pub(crate) struct Desk {
    queue: BinaryHeap<Reverse<Event>>,
    /// Events of one moment happen in the order in which they were made.
    made: u64,
    people: People,
    contacts: Contacts,
    demand: Option<Demand>,
    /// Client and first ticket of the latest outages.
    outages: BTreeMap<u32, (i32, i32)>,
    /// The latest ticket of each client: a second one about the same is merged into it.
    latest: BTreeMap<i32, i32>,
    /// Tickets as thousandths of what its clients would make, see [`Scale`].
    density: u64,
    /// The history is over.
    live: bool,
}

struct Event {
    at: Ms,
    made: u64,
    what: What,
}

enum What {
    Day(i64),
    Arrival(Arrival),
    Case(Case),
    Internal(Internal),
    Errand(Errand),
}

impl Desk {
    /// A desk that opens at `start`, for so many tickets up to `now`.
    pub(crate) fn new(world: &World, start: Ms, now: Ms, tickets: u32) -> Self {
        let mut desk = Self {
            contacts: Contacts::new(world),
            demand: Some(Demand::new(&world.calendar, world.seed, start, now, tickets)),
            density: Scale::density(tickets),
            ..Self::default()
        };
        let first = start.div_euclid(DAY) + 1;
        desk.push(first * DAY, What::Day(first));
        desk
    }

    fn push(&mut self, at: Ms, what: What) {
        self.made += 1;
        self.queue.push(Reverse(Event { at, made: self.made, what }));
    }

    /// When something happens next.
    pub(crate) fn due(&self) -> Ms {
        self.queue.peek().map_or(Ms::MAX, |Reverse(event)| event.at)
    }

    /// Lets everything happen up to a moment, this included.
    pub(crate) fn run(&mut self, world: &mut World, until: Ms) {
        while self.due() <= until {
            let Some(Reverse(Event { at, what, .. })) = self.queue.pop() else { return };
            match what {
                What::Day(day) => self.day(world, day),
                What::Arrival(arrival) => self.arrive(world, arrival),
                What::Case(case) => self.step(world, case, at),
                What::Internal(internal) => self.internal(world, internal, at),
                What::Errand(errand) => upkeep::run(world, errand, at),
            }
        }
    }

    /// Goes on after the history: the rest of the day comes in, and more than tickets changes.
    pub(crate) fn go_live(&mut self, world: &World, now: Ms) {
        self.live = true;
        let rest = self.demand.as_ref().map(|demand| demand.rest(&world.calendar)).unwrap_or_default();
        for arrival in rest {
            self.push(arrival.at, What::Arrival(arrival));
        }
        self.errands(world, now);
    }

    fn day(&mut self, world: &World, day: i64) {
        self.push((day + 1) * DAY, What::Day(day + 1));
        self.people.call(world, day, self.live);
        if self.live {
            self.contacts = Contacts::new(world);
            self.errands(world, day * DAY);
        }
        let arrivals = self.demand.as_ref().map(|demand| demand.plan(&world.calendar, day)).unwrap_or_default();
        for arrival in arrivals {
            self.push(arrival.at, What::Arrival(arrival));
        }
        self.outages = self.outages.split_off(&u32::try_from((day - 2) * 200).unwrap_or_default());
        for (at, internal) in sessions::plan(world, self.people.all(), day, self.density) {
            self.push(at, What::Internal(internal));
        }
    }

    fn arrive(&mut self, world: &mut World, arrival: Arrival) {
        let Arrival { at, kind, origin, outage } = arrival;
        let mut rng = Rng::new(world.seed, "arrival", world.tickets.next_id().unsigned_abs());
        let known = self.outages.get(&outage).copied();
        let one_client = known.filter(|_| outage % 2 == 0).map(|(client, _)| client);
        let party = match one_client {
            Some(client) => self.contacts.draw_of(world, client, at, &mut rng),
            None => self.contacts.draw(world, at, &mut rng),
        };
        let party = party.unwrap_or_else(unknown);
        let client = party.client;
        let draft = Draft::draw(kind, origin, &mut rng);
        let id = log(world, at, draft, &party);
        match known {
            Some((_, first)) => {
                link(world, at, id, first);
            }
            None if origin == Origin::Outage => {
                self.outages.insert(outage, (client, id));
            }
            None => {}
        }
        let before = self.latest.insert(client, id).filter(|_| kind == Kind::Ticket && origin != Origin::Outage);
        let case = Case::new(world, id, draft, before, rng);
        self.open(world, case, at);
    }
}

/// When nobody calls from whom tickets come.
fn unknown() -> Party {
    Party { client: 1, site: 1, user: 1, sla: 1, reported: Text::Own("General User".into()) }
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.made) == (other.at, other.made)
    }
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.made).cmp(&(other.at, other.made))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "working time of some weeks")]
fn scaled(time: Ms, factor: f64) -> Ms {
    (time as f64 * factor) as Ms
}

/// Minutes to the evening of a day, from a moment of it.
fn till_evening(world: &World, at: Ms) -> Ms {
    (world.calendar.local(at.div_euclid(DAY), 18 * HOUR) - at).max(0) / MINUTE
}
