//! When each agent works: from joining to leaving, in shifts, without leave and sickness.
//!
//! Five weeks of leave a year: two in summer, one in spring or autumn, single days beside week-ends, and
//! most people around Christmas. About five days of sickness.

use super::calendar::Calendar;
use super::rows::Agent;
use crate::rng::Rng;
use crate::times::{self, DAY, HOUR, MINUTE, Ms};

/// First and last moment of a working day, local, by shift: early, usual, late.
const SHIFTS: [(Ms, Ms); 3] =
    [(8 * HOUR, 16 * HOUR + 30 * MINUTE), (9 * HOUR, 17 * HOUR + 30 * MINUTE), (9 * HOUR + 30 * MINUTE, 18 * HOUR)];

/// See the module.
#[derive(Default)]
pub(crate) struct Rota {
    /// By the agent's id.
    duties: Vec<Option<Duty>>,
}

struct Duty {
    shift: usize,
    /// First day of work and first day after it, counted from 1970.
    from: i64,
    until: i64,
    /// Days off, rising.
    off: Vec<i64>,
}

impl Rota {
    /// Draws the duties of an agent for the years from one to another.
    pub(crate) fn add(&mut self, seed: u64, agent: &Agent, left: Option<Ms>, years: std::ops::RangeInclusive<i64>) {
        let mut rng = Rng::new(seed, "duty", agent.id.unsigned_abs().into());
        let mut off: Vec<i64> = years.flat_map(|year| days_off(year, &mut rng)).collect();
        off.sort_unstable();
        off.dedup();
        let duty = Duty {
            shift: rng.weighted(&[25, 50, 25]),
            from: agent.created.div_euclid(DAY),
            until: left.map_or(i64::MAX, |left| left.div_euclid(DAY)),
            off,
        };
        let place = usize::try_from(agent.id).unwrap_or_default();
        if self.duties.len() <= place {
            self.duties.resize_with(place + 1, || None);
        }
        self.duties[place] = Some(duty);
    }

    fn duty(&self, agent: i32) -> Option<&Duty> {
        self.duties.get(usize::try_from(agent).ok()?)?.as_ref()
    }

    /// Whether the agent is with the provider on a day.
    pub(crate) fn employed(&self, agent: i32, day: i64) -> bool {
        self.duty(agent).is_none_or(|duty| (duty.from..duty.until).contains(&day))
    }

    /// When the agent starts and stops on a day; `None` when the agent does not work then. People who
    /// came later than the rota work every usual day.
    pub(crate) fn hours(&self, calendar: &Calendar, agent: i32, day: i64) -> Option<(Ms, Ms)> {
        let duty = self.duty(agent);
        let away = |duty: &Duty| !(duty.from..duty.until).contains(&day) || duty.off.binary_search(&day).is_ok();
        if !calendar.works(day) || duty.is_some_and(away) {
            return None;
        }
        let (opens, closes) = SHIFTS[duty.map_or(1, |duty| duty.shift)];
        Some((calendar.local(day, opens), calendar.local(day, closes)))
    }
}

/// Leave and sickness of one year; bank holidays and week-ends among them do no harm.
fn days_off(year: i64, rng: &mut Rng) -> Vec<i64> {
    let day = |month, day| times::midnight(year, month, day) / DAY;
    let monday = |day: i64| day - times::weekday(day * DAY);
    let mut off = Vec::new();
    let summer = monday(day(6, 8) + rng.between(0, 84));
    off.extend(summer..summer + 12);
    let other = monday(if rng.chance(0.5) { day(2, 8) + rng.between(0, 100) } else { day(9, 28) + rng.between(0, 50) });
    off.extend(other..other + 5);
    for _ in 0..5 {
        let week = monday(day(1, 8) + rng.between(0, 340));
        off.push(if rng.chance(0.6) { week + 4 } else { week });
    }
    off.extend((day(12, 22)..=day(12, 31)).filter(|_| rng.chance(0.5)));
    for _ in 0..2 {
        let start = day(1, 3) + rng.between(0, 355);
        off.extend(start..start + rng.between(1, 4));
    }
    off
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[test]
    fn people_work_about_forty_four_weeks_a_year() {
        let now = times::parse("2026-11-24T17:00").unwrap();
        let world = World::new(1, now, 100);
        let year = times::parse("2025-01-01").unwrap() / DAY..times::parse("2026-01-01").unwrap() / DAY;
        let there =
            world.agents.live().filter(|agent| agent.created < year.start * DAY && !agent.disabled && !agent.api);
        for agent in there.map(|agent| agent.id).filter(|id| *id > 4) {
            let days = year.clone().filter(|day| world.rota.hours(&world.calendar, agent, *day).is_some()).count();
            assert!((205..236).contains(&days), "agent {agent} works {days} days");
        }
        let left = world.agents.live().find(|agent| agent.disabled).unwrap().id;
        assert!(!world.rota.employed(left, now / DAY) && world.rota.employed(left, year.start - 300));
    }
}
