//! Three years of tickets, projects and opportunities, with their time entries and the activity stream.

use super::World;
use super::lifecycle::{self, Party};
use super::rows::{Activity, Kind, Ticket, TimeEntry};
use super::words;
use crate::rng::Rng;
use crate::times::{self, DAY, HOUR, MINUTE, Ms};

pub(crate) const FIRST_TICKET: i32 = 1_001;
/// Arrivals per weekday, Monday first.
const WEEKDAYS: [u64; 7] = [26, 21, 20, 19, 17, 3, 2];
/// Arrivals per hour of the local day.
const HOURS: [u64; 24] = [1, 1, 1, 1, 1, 1, 2, 6, 22, 38, 34, 28, 20, 22, 28, 26, 22, 14, 5, 3, 2, 2, 1, 1];

pub(super) fn fill(world: &mut World, start: Ms, now: Ms, tickets: u32) {
    let kinds = kinds(tickets);
    let arrivals = arrivals(world, start, now, kinds.len());
    let parties = Parties::new(world);
    for (id, (kind, at)) in (FIRST_TICKET..).zip(kinds.into_iter().zip(arrivals)) {
        let mut rng = Rng::new(world.seed, "ticket", id.unsigned_abs().into());
        let party = parties.draw(&mut rng);
        let mut ticket = lifecycle::arrive(world, id, kind, &party, at, &mut rng);
        lifecycle::live(world, &mut ticket, now, &mut rng);
        relate(world, &mut ticket, now, &mut rng);
        let parent = ticket.parent;
        world.tickets.push(ticket);
        world.tickets.edit(parent, |row| row.children += 1);
    }
    time_entries(world);
    activity(world);
}

/// The given number of tickets, with some projects and opportunities among them.
fn kinds(tickets: u32) -> Vec<Kind> {
    let mut kinds = Vec::with_capacity(tickets as usize * 21 / 20 + 1);
    let mut left = tickets;
    for place in 1_u32.. {
        if left == 0 {
            break;
        }
        kinds.push(match place {
            _ if place % 60 == 37 => Kind::Project,
            _ if place % 40 == 11 => Kind::Opportunity,
            _ => {
                left -= 1;
                Kind::Ticket
            }
        });
    }
    kinds
}

/// Moments of arrival, rising: the provider grows, Mondays are busy, nights and holidays quiet.
fn arrivals(world: &World, start: Ms, now: Ms, count: usize) -> Vec<Ms> {
    let first = start.div_euclid(DAY);
    let last = now.div_euclid(DAY);
    let holidays: Vec<Ms> = world.holidays.live().map(|holiday| holiday.day).collect();
    let mut slots: Vec<(Ms, u64)> = Vec::new();
    let mut total = 0;
    for day in first..=last {
        let midnight = day * DAY;
        let grown = 100 + u64::try_from(100 * (day - first) / (last - first).max(1)).unwrap_or_default();
        let weekday = usize::try_from(times::weekday(midnight)).unwrap_or_default();
        let busy = if holidays.contains(&midnight) { 2 } else { WEEKDAYS[weekday] };
        for (hour, share) in (0..).zip(HOURS) {
            let at = midnight + hour * HOUR - times::london_offset(midnight + hour * HOUR);
            // The present hour counts with the part of it that has passed.
            let passed = u64::try_from((now - at).clamp(0, HOUR)).unwrap_or_default();
            let weight = grown * busy * share * passed / HOUR.unsigned_abs();
            if weight > 0 && at >= start {
                total += weight;
                slots.push((at, total));
            }
        }
    }
    let mut rng = Rng::new(world.seed, "arrivals", 0);
    let mut slot = 0;
    (0..count as u64)
        .map(|place| {
            let target = (place * 1_000 + rng.below(1_000)) * total / (count as u64 * 1_000);
            while slots[slot].1 <= target {
                slot += 1;
            }
            let (at, upto) = slots[slot];
            let from = if slot == 0 { 0 } else { slots[slot - 1].1 };
            let inside = u128::from(target - from) * HOUR.unsigned_abs() as u128 / u128::from(upto - from);
            (at + i64::try_from(inside).unwrap_or_default()).min(now - 1_000)
        })
        .scan(Ms::MIN, |latest, at| {
            *latest = at.max(*latest);
            Some(*latest)
        })
        .collect()
}

/// Contacts grouped for a quick draw in proportion to the clients' sizes.
struct Parties {
    contacts: Vec<Party>,
}

impl Parties {
    fn new(world: &World) -> Self {
        let contacts = world
            .users
            .live()
            .filter_map(|user| {
                let site = world.sites.get(user.site)?;
                let client = world.clients.get(site.client)?;
                let reported = words::reported(&user.first, &user.last);
                Some(Party { client: client.id, site: site.id, user: user.id, sla: client.sla, reported })
            })
            .collect();
        Self { contacts }
    }

    fn draw(&self, rng: &mut Rng) -> Party {
        // Some people need help far more often than others: the lower of two draws.
        let place = rng.index(self.contacts.len()).min(rng.index(self.contacts.len() * 3));
        self.contacts[place].clone()
    }
}

/// Some tickets are children of earlier ones, some were merged into one, some were deleted.
fn relate(world: &World, ticket: &mut Ticket, now: Ms, rng: &mut Rng) {
    if ticket.kind != Kind::Ticket || ticket.id < FIRST_TICKET + 50 {
        return;
    }
    let earlier = ticket.id - i32::try_from(rng.between(1, 40)).unwrap_or(1);
    let other = world.tickets.get(earlier).filter(|other| other.kind == Kind::Ticket && !other.deleted);
    match rng.below(1_000) {
        0..15 => ticket.parent = other.filter(|other| other.parent == 0).map_or(0, |other| other.id),
        15..27 if ticket.closed != crate::times::EMPTY => {
            ticket.merged_into = other.filter(|other| other.merged_into == 0).map_or(0, |other| other.id);
        }
        27..37 => {
            ticket.deleted = true;
            ticket.updated = (ticket.updated + rng.between(MINUTE, 3 * DAY)).min(now);
        }
        _ => {}
    }
}

/// Time worked shows in the timesheet, numbered in the order in which it was worked; breaks too.
fn time_entries(world: &mut World) {
    let mut entries: Vec<TimeEntry> = world
        .tickets
        .rows()
        .iter()
        .flat_map(|ticket| ticket.actions.iter())
        .filter(|action| action.minutes > 0 && action.agent > 0)
        .map(|action| TimeEntry {
            id: 0,
            ticket: action.ticket,
            action: action.id,
            deleted: false,
            break_type: 0,
            agent: action.agent,
            start: action.at - Ms::from(action.minutes) * MINUTE,
            minutes: action.minutes,
            note: None,
        })
        .collect();
    let breaks: Vec<TimeEntry> = entries
        .iter()
        .filter(|entry| entry.action == 2 && entry.ticket % 9 == 0)
        .map(|entry| TimeEntry {
            ticket: 0,
            action: 0,
            break_type: 1,
            start: entry.start.div_euclid(DAY) * DAY + 12 * HOUR,
            minutes: 30,
            note: Some("Lunch".into()),
            ..entry.clone()
        })
        .collect();
    entries.extend(breaks);
    entries.sort_by_key(|entry| (entry.start, entry.ticket, entry.action, entry.agent));
    world.time_entries = entries.into_iter().zip(5_001..).map(|(entry, id)| TimeEntry { id, ..entry }).collect();
    world.ordered_entries = u32::try_from(world.time_entries.rows().len()).unwrap_or(0);
}

fn activity(world: &mut World) {
    let mut feed: Vec<(Ms, i32, u16)> = world
        .tickets
        .rows()
        .iter()
        .flat_map(|ticket| ticket.actions.iter())
        .map(|action| (action.at, action.ticket, action.id))
        .collect();
    feed.sort_unstable();
    world.feed = (1..).zip(feed).map(|(id, (at, ticket, action))| Activity { id, ticket, action, at }).collect();
}
