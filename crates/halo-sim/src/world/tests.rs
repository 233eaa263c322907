//! Is the simulated provider believable, and the same each time?

mod statistics;

use super::*;
use crate::entity::tests::whole_truth;
use crate::times::{self, HOUR};
use rows::{Kind, Ticket};

fn now() -> Ms {
    times::parse("2026-11-24T17:00:00").unwrap()
}

#[test]
fn seed_and_now_fix_every_byte() {
    let [first, second, other] = [7, 7, 8].map(|seed| whole_truth(&World::new(seed, now(), 400), now()));
    assert!(first == second, "the same seed gave other records");
    assert!(first != other);
}

#[test]
fn an_empty_provider_is_possible() {
    let world = World::new(1, now(), 0);
    assert!(world.tickets.rows().is_empty() && world.clients.live().count() > 10);
}

#[test]
fn all_tickets_that_were_asked_for_come_and_no_week_is_empty() {
    let world = World::new(3, now(), 5_000);
    let count = |kind| world.tickets.rows().iter().filter(|row| row.kind == kind).count();
    let scale = scale::Scale::of(5_000);
    assert_eq!((count(Kind::Ticket), count(Kind::Project)), (5_000, scale.projects as usize));
    assert_eq!(count(Kind::Opportunity), scale.opportunities as usize);
    let first = now() - HISTORY + DAY;
    for week in 0..HISTORY / (7 * DAY) {
        let from = first + week * 7 * DAY;
        let mut tickets = world.tickets.live();
        assert!(tickets.any(|row| (from..from + 7 * DAY).contains(&row.occurred)), "week {week} is empty");
    }
    for tickets in [1, 7, 60] {
        let world = World::new(3, now(), tickets);
        assert_eq!(world.tickets.rows().iter().filter(|row| row.kind == Kind::Ticket).count(), tickets as usize);
    }
}

#[test]
fn people_work_by_day() {
    let world = World::new(3, now(), 10_000);
    let entries: Vec<_> = world.time_entries.live().collect();
    let outside = entries.iter().filter(|entry| {
        let local = entry.start + times::london_offset(entry.start);
        let hour = local.rem_euclid(DAY) / HOUR;
        !(8..18).contains(&hour) || times::weekday(local) > 4
    });
    let outside = outside.count();
    assert!(entries.len() > 5_000 && outside * 50 < entries.len(), "{outside} of {} outside the day", entries.len());
}

#[test]
fn what_rows_point_at_is_there() {
    let world = World::new(11, now(), 2_000);
    for row in world.tickets.rows() {
        let user = world.users.alive(row.user).unwrap();
        assert_eq!((user.site, world.sites.alive(row.site).unwrap().client), (row.site, row.client));
        assert!(world.agents.alive(row.agent).is_some() && world.statuses.alive(row.status).is_some());
        assert!(world.categories.alive(row.category_1).is_some() && world.teams.alive(row.team).is_some());
        assert_eq!(world.ticket_types.alive(row.tickettype).unwrap().kind, row.kind);
        assert!(row.updated <= now() && row.created >= row.occurred);
        let children = world.tickets.live().filter(|child| child.parent == row.id).count();
        assert_eq!(usize::from(row.children), children, "children of {}", row.id);
    }
    for entry in world.time_entries.rows().iter().filter(|entry| entry.ticket != 0) {
        let ticket = world.tickets.get(entry.ticket).unwrap();
        assert!(entry.start >= ticket.occurred - 5 * times::MINUTE, "worked before {} came in", ticket.id);
        assert!(world.rota.employed(entry.agent, entry.start / DAY), "{} worked after leaving", entry.agent);
        let action = &ticket.actions[usize::from(entry.action) - 1];
        assert_eq!((action.id, action.minutes), (entry.action, entry.minutes));
    }
}

#[test]
fn a_world_that_grows_keeps_its_clients_and_stays_compact() {
    assert!(size_of::<Ticket>() <= 320 && size_of::<rows::Action>() <= 64, "{}", size_of::<Ticket>());
    let (small, large) = (World::new(5, now(), 200), World::new(5, now(), 6_000));
    assert!(small.clients.rows().iter().zip(large.clients.rows()).all(|(one, other)| one.name == other.name));
}
