//! Random changes of every kind, decided by a seed and the present state of the world.
//!
//! A table gives each kind its share. Most changes hit tickets, and mostly recent ones, as in real life;
//! every sixth hits any ticket of the whole history. Teams are never renamed: older versions of the API
//! name a ticket's team by its name alone.

mod commerce;
mod lists;
mod parties;
mod tickets;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::rng::Rng;
use crate::times::Ms;
use crate::world::World;
use crate::world::rows::Kind;
use crate::world::table::{Row, Table};

/// What one change draws from.
struct Hand<'w> {
    world: &'w mut World,
    now: Ms,
    rng: Rng,
}

/// What was done; `None` when this change is not possible at present.
type Done = Option<Value>;

/// A kind of change: its share, its name, and how it is made.
struct Op {
    share: u32,
    name: &'static str,
    make: fn(&mut Hand<'_>) -> Done,
}

const fn op(share: u32, name: &'static str, make: fn(&mut Hand<'_>) -> Done) -> Op {
    Op { share, name, make }
}

/// Makes `count` changes and tells which: `{"done": [{"op", "entity", "id", ...}], "counts": {op: n}}`.
pub(crate) fn mutate(world: &mut World, now: Ms, seed: u64, count: u32) -> Value {
    draw(&[tickets::OPS, parties::OPS, lists::OPS, commerce::OPS], world, now, seed, count)
}

/// As [`mutate`], but only what changes tickets.
pub(crate) fn mutate_tickets(world: &mut World, now: Ms, seed: u64, count: u32) -> Value {
    draw(&[tickets::OPS], world, now, seed, count)
}

/// Makes one change of the kind that is called so, if that is possible at present. Answers whether it was.
pub(crate) fn one(world: &mut World, now: Ms, seed: u64, name: &str) -> bool {
    let op = [tickets::OPS, parties::OPS].into_iter().flatten().find(|op| op.name == name);
    let mut hand = Hand { world, now, rng: Rng::new(seed, name, now.unsigned_abs()) };
    op.is_some_and(|op| (0..TRIES).any(|_| (op.make)(&mut hand).is_some()))
}

fn draw(kinds: &[&[Op]], world: &mut World, now: Ms, seed: u64, count: u32) -> Value {
    let ops: Vec<&Op> = kinds.iter().copied().flatten().collect();
    let shares: Vec<u32> = ops.iter().map(|op| op.share).collect();
    let mut done = Vec::new();
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for place in 0..count {
        let mut hand = Hand { world, now, rng: Rng::new(seed, "mutation", place.into()) };
        let made = (0..TRIES).find_map(|_| {
            let op = ops[hand.rng.weighted(&shares)];
            Some((op.name, (op.make)(&mut hand)?))
        });
        let Some((name, mut report)) = made else { continue };
        report["op"] = name.into();
        done.push(report);
        *counts.entry(name).or_default() += 1;
    }
    json!({"done": done, "counts": counts})
}

/// Draws for one change before it is given up: nearly every kind is nearly always possible.
const TRIES: u32 = 20;

fn report(entity: &str, id: i32) -> Value {
    json!({"entity": entity, "id": id})
}

/// The path under which a kind of ticket is listed.
fn path(kind: Kind) -> &'static str {
    match kind {
        Kind::Ticket => "Tickets",
        Kind::Project => "Projects",
        Kind::Opportunity => "Opportunities",
    }
}

/// A live row.
fn any<'t, R: Row>(table: &'t Table<R>, rng: &mut Rng) -> Option<&'t R> {
    recent(table, 0, usize::MAX, rng)
}

/// One of the last live rows of a lane.
fn recent<'t, R: Row>(table: &'t Table<R>, lane: usize, span: usize, rng: &mut Rng) -> Option<&'t R> {
    let positions = table.lane(lane);
    let last = &positions[positions.len().saturating_sub(span)..];
    if last.is_empty() { None } else { Some(&table.rows()[*rng.pick(last) as usize]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::tests::{truth, whole_truth};
    use crate::entity::{self, Entity};
    use crate::times;

    fn now() -> Ms {
        times::parse("2026-11-24T17:00:00").unwrap()
    }

    fn lanes_equal_a_scan<R: Row>(table: &Table<R>) {
        for lane in 0..R::LANES {
            let scanned: Vec<u32> = (0..)
                .zip(table.rows())
                .filter(|(_, row)| !row.deleted() && (lane == 0 || row.lane() == lane))
                .map(|(position, _)| position)
                .collect();
            assert_eq!(table.lane(lane), scanned, "lane {lane}");
        }
    }

    #[test]
    fn the_same_seed_does_the_same_and_every_kind_comes_up() {
        let run = |seed| {
            let mut world = World::new(4, now(), 1_000);
            let report = mutate(&mut world, now(), seed, 5_000);
            (report, whole_truth(&world, now()))
        };
        let (first, second) = (run(1), run(1));
        let other = run(2);
        assert!(first == second && first.0 != other.0);
        let mut counts = first.0["counts"].as_object().unwrap().clone();
        counts.extend(other.0["counts"].as_object().unwrap().clone());
        for op in [tickets::OPS, parties::OPS, lists::OPS, commerce::OPS].into_iter().flatten() {
            assert!(counts.contains_key(op.name), "{} never happened: {counts:?}", op.name);
        }
        assert_eq!(first.0["done"].as_array().unwrap().len(), 5_000);
    }

    #[test]
    fn indexes_stay_right_and_the_provider_stays_alive() {
        let mut world = World::new(9, now(), 600);
        for round in 0..10 {
            mutate(&mut world, now() + round, round.unsigned_abs(), 500);
            lanes_equal_a_scan(&world.tickets);
            lanes_equal_a_scan(&world.clients);
            lanes_equal_a_scan(&world.users);
            lanes_equal_a_scan(&world.invoices);
            lanes_equal_a_scan(&world.time_entries);
            for row in world.tickets.rows() {
                assert!(world.clients.alive(row.client).is_some() && world.sites.alive(row.site).is_some());
                assert!(world.users.alive(row.user).is_some(), "ticket {} names a deleted contact", row.id);
                let children = world.tickets.live().filter(|child| child.parent == row.id).count();
                assert_eq!(usize::from(row.children), children, "children of {}", row.id);
            }
        }
        assert!(world.tickets.live().count() > 600 && world.clients.live().count() > 10);
    }

    /// Members of a truth row that are joined from a record whose id is in the same row, or that depend
    /// on the present time: all others change together with the row's stamp.
    const JOINED: &[&str] = &[
        "client_name",
        "site_name",
        "user_name",
        "user_email",
        "sla_name",
        "team",
        "agent_name",
        "status_name",
        "tickettype_name",
        "category_1",
        "category_2",
        "area_inactive",
        "clientsite_name",
        "main_site_name",
        "maincontact_name",
        "username",
        "supplier_name",
        "pritech_name",
        "accountmanagertech_name",
        "slatimeleft",
        "slapercused",
        "slatimeelapsed",
    ];

    #[test]
    fn nothing_changes_without_its_stamp() {
        let mut world = World::new(2, now(), 150);
        let mut before = stamped(&world);
        for step in 0..40 {
            let report = mutate(&mut world, now(), step, 25);
            let after = stamped(&world);
            for ((stamp, before), (_, after)) in before.iter().zip(&after) {
                // Rows are never removed, so the same place is the same record.
                for (old, new) in before.lines().zip(after.lines()).filter(|(old, new)| old != new) {
                    same_or_stamped(stamp, old, new, &report);
                }
            }
            before = after;
        }
    }

    fn same_or_stamped(stamp: &str, old: &str, new: &str, report: &Value) {
        let [old, new]: [Value; 2] = [old, new].map(|line| serde_json::from_str(line).unwrap());
        assert_eq!(old["id"], new["id"]);
        let at = |row: &Value| times::parse(row[stamp].as_str().unwrap()).unwrap();
        for (name, value) in new.as_object().unwrap() {
            let same = &old[name] == value || JOINED.contains(&name.as_str());
            assert!(same || at(&new) > at(&old), "{name} of {} changed without {stamp}: {report}", new["id"]);
        }
    }

    /// The truth of the kinds whose rows carry a stamp, with its name. Tickets, projects and opportunities
    /// are read as one kind, since a ticket may become one of the others.
    fn stamped(world: &World) -> Vec<(&'static str, String)> {
        let all = Entity { belongs: |_, _| true, ..entity::ticket::TICKETS };
        vec![
            ("last_update", truth(world, now(), &all)),
            ("alastupdate", truth(world, now(), &entity::client::CLIENT)),
            ("slastupdate", truth(world, now(), &entity::site::SITE)),
            ("ulastupdate", truth(world, now(), &entity::user::USERS)),
            ("last_modified", truth(world, now(), &entity::billing::INVOICE)),
            ("dlastupdate", truth(world, now(), &entity::assets::ASSET)),
        ]
    }
}
