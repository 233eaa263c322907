//! Time that is not spent on tickets: meetings, training, the daily mail; and lunch, by those who note it.

use super::people::{Habit, habit, lunch};
use super::{Desk, What};
use crate::rng::Rng;
use crate::times::{DAY, HOUR, MINUTE, Ms};
use crate::world::World;
use crate::world::ops::work::internal;

/// Something internal that an agent wants to do, or has done.
#[derive(Clone, Copy)]
pub(super) struct Internal {
    agent: i32,
    minutes: u16,
    what: Time,
    done: bool,
}

/// What kind of time it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Time {
    Lunch = 1,
    Meeting = 2,
    Training = 3,
    Admin = 4,
}

/// What people do on a day besides tickets, with the time at which they want to begin. Where the tickets are
/// a thin sample of a desk's, so is this: `share` of a thousand days.
pub(super) fn plan(world: &World, agents: impl Iterator<Item = i32>, day: i64, share: u64) -> Vec<(Ms, Internal)> {
    let mut wanted = Vec::new();
    let mut sample = Rng::new(world.seed, "sample", day.unsigned_abs());
    let agents = agents.filter(|_| sample.below(1_000) < share);
    for agent in agents {
        let Some((opens, closes)) = world.rota.hours(&world.calendar, agent, day) else { continue };
        let mut rng = Rng::new(world.seed ^ agent.unsigned_abs() as u64, "internal", day.unsigned_abs());
        let mut want = |at: Ms, minutes: u16, what: Time, done: bool| {
            wanted.push((at, Internal { agent, minutes, what, done }));
        };
        let tidy = matches!(habit(world, agent), Habit::Tidy | Habit::Exact);
        let (eats, back) = lunch(world, agent, day);
        if tidy && rng.chance(0.8) {
            want(back, u16::try_from((back - eats) / MINUTE).unwrap_or_default(), Time::Lunch, true);
        }
        let (at, minutes) = if day.rem_euclid(7) == MONDAY { (opens + HOUR, 45) } else { (opens + 30 * MINUTE, 15) };
        want(at, minutes, Time::Meeting, false);
        if (day + i64::from(agent)).rem_euclid(10) == 0 {
            want(opens + rng.between(4, 6) * HOUR, 120, Time::Training, false);
        }
        if rng.chance(if tidy { 0.85 } else { 0.45 }) {
            want(closes - 50 * MINUTE, [15, 20, 30, 30][rng.index(4)], Time::Admin, false);
        }
    }
    wanted.sort_by_key(|(at, internal)| (*at, internal.agent));
    wanted
}

/// Day number 0 was a Thursday.
const MONDAY: i64 = 4;

impl Desk {
    pub(super) fn internal(&mut self, world: &mut World, asked: Internal, at: Ms) {
        let Internal { agent, minutes, what, done } = asked;
        if done {
            let name = match what {
                Time::Lunch => "Lunch",
                Time::Meeting => "Team meeting",
                Time::Training => "Training",
                Time::Admin => "Mail and administration",
            };
            return internal(world, at, agent, minutes, what as u8, name);
        }
        let start = self.people.earliest(world, agent, at, minutes);
        if start.div_euclid(DAY) != at.div_euclid(DAY) {
            return;
        }
        let end = start + Ms::from(minutes) * MINUTE;
        self.people.take(agent, end);
        self.push(end, What::Internal(Internal { done: true, ..asked }));
    }
}
