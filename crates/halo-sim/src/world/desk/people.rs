//! The time of the engineers: who is free when, so that nobody does two things at once without a reason.

use super::super::staff::{Tier, team_of};
use crate::rng::Rng;
use crate::times::{DAY, HOUR, MINUTE, Ms};
use crate::world::World;
use crate::world::reference::ids;

/// See the module.
#[derive(Default)]
pub(super) struct People {
    /// By the agent's id: until when what was taken on lasts.
    free: Vec<Ms>,
    /// By the team's id: who is with the provider.
    teams: Vec<Vec<i32>>,
}

/// How a person books time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// At once, in steps of five minutes.
    Tidy,
    /// By a running timer, to the minute.
    Exact,
    /// Some time later.
    Late,
    /// In the evening, and not everything.
    Untidy,
}

pub(super) fn habit(world: &World, agent: i32) -> Habit {
    let weights = [45, 20, 22, 13];
    let place = Rng::new(world.seed, "habit", agent.unsigned_abs().into()).weighted(&weights);
    [Habit::Tidy, Habit::Exact, Habit::Late, Habit::Untidy][place]
}

impl People {
    /// Looks who is with the provider on a day. Disabled agents were there before; only from now on they are not.
    pub(super) fn call(&mut self, world: &World, day: i64, live: bool) {
        self.teams.iter_mut().for_each(Vec::clear);
        for agent in world.agents.live() {
            let manages = agent.title.starts_with("Service desk manager");
            let Some(team) = agent.teams.first().filter(|_| !agent.api && !manages) else { continue };
            if agent.disabled && live || !world.rota.employed(agent.id, day) {
                continue;
            }
            let team = usize::try_from(*team).unwrap_or_default();
            if self.teams.len() <= team {
                self.teams.resize_with(team + 1, Vec::new);
            }
            self.teams[team].push(agent.id);
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = i32> {
        self.teams.iter().flatten().copied()
    }

    fn team(&self, team: i32) -> &[i32] {
        usize::try_from(team).ok().and_then(|team| self.teams.get(team)).map_or(&[], Vec::as_slice)
    }

    fn free(&self, agent: i32) -> Ms {
        usize::try_from(agent).ok().and_then(|agent| self.free.get(agent)).copied().unwrap_or(Ms::MIN)
    }

    /// Takes an agent's time until a moment.
    pub(super) fn take(&mut self, agent: i32, until: Ms) {
        let place = usize::try_from(agent).unwrap_or_default();
        if self.free.len() <= place {
            self.free.resize(place + 1, Ms::MIN);
        }
        self.free[place] = self.free[place].max(until);
    }

    /// When an agent can begin something that takes so long: at work, not at lunch, and with nothing else to do.
    pub(super) fn earliest(&self, world: &World, agent: i32, from: Ms, minutes: u16) -> Ms {
        let mut at = from.max(self.free(agent));
        let length = Ms::from(minutes) * MINUTE;
        for _ in 0..60 {
            let day = at.div_euclid(DAY);
            if let Some((opens, closes)) = world.rota.hours(&world.calendar, agent, day) {
                let (eats, back) = lunch(world, agent, day);
                let mut start = at.max(opens);
                if start < back && start + length.min(HOUR) > eats {
                    start = back;
                }
                if start + length <= closes + 10 * MINUTE || start <= opens + MINUTE {
                    return start;
                }
            }
            at = (day + 1) * DAY;
        }
        at
    }

    /// Whether an agent is at work at a moment.
    pub(super) fn present(world: &World, agent: i32, at: Ms) -> bool {
        let hours = world.rota.hours(&world.calendar, agent, at.div_euclid(DAY));
        hours.is_some_and(|(opens, closes)| (opens..closes).contains(&at))
    }

    /// The team and agent that get something new: of some, the one who is free first; from another group or
    /// the tier beside when nobody is soon.
    pub(super) fn choose(&self, world: &World, tier: Tier, client: i32, from: Ms, rng: &mut Rng) -> Option<(i32, i32)> {
        let pods = self.pods();
        let pod = usize::try_from(client).unwrap_or_default() % pods;
        let first = self.best(world, team_of(tier, pod), from, rng);
        if let Some((start, team, agent)) = first
            && start < from + HOUR / 2
        {
            return Some((team, agent));
        }
        let beside = match tier {
            Tier::First | Tier::Third => Tier::Second,
            Tier::Second => Tier::First,
            Tier::Projects => Tier::Third,
            Tier::Sales => Tier::Sales,
        };
        let other = (pod + 1 + rng.index(pods)) % pods;
        let others =
            [(tier, other, HOUR / 4), (beside, pod, HOUR / 2)].into_iter().filter_map(|(tier, pod, dislike)| {
                self.best(world, team_of(tier, pod), from, rng)
                    .map(|(start, team, agent)| (start + dislike, team, agent))
            });
        first.into_iter().chain(others).min_by_key(|(start, ..)| *start).map(|(_, team, agent)| (team, agent))
    }

    fn best(&self, world: &World, team: i32, from: Ms, rng: &mut Rng) -> Option<(Ms, i32, i32)> {
        let members = self.team(team);
        if members.is_empty() {
            return None;
        }
        let start = rng.index(members.len());
        (0..members.len().min(6))
            .map(|turn| members[(start + turn) % members.len()])
            .map(|agent| (self.earliest(world, agent, from, 30), team, agent))
            .min_by_key(|(start, ..)| *start)
    }

    /// Groups of first line that have people.
    fn pods(&self) -> usize {
        (1..).take_while(|pod| !self.team(team_of(Tier::First, *pod)).is_empty()).count() + 1
    }

    /// Who is on call in a week: people of second line take turns.
    pub(super) fn on_call(&self, at: Ms) -> Option<(i32, i32)> {
        let team = team_of(Tier::Second, 0);
        let members = self.team(team);
        let week = usize::try_from(at.div_euclid(7 * DAY)).unwrap_or_default();
        members.get(week % members.len().max(1)).map(|agent| (team, *agent))
    }
}

/// When an agent eats on a day.
pub(super) fn lunch(world: &World, agent: i32, day: i64) -> (Ms, Ms) {
    let draw = (i64::from(agent) * 31 + day * 17).rem_euclid(19);
    let start = world.calendar.local(day, 12 * HOUR + draw % 7 * 15 * MINUTE);
    (start, start + (30 + draw % 3 * 15) * MINUTE)
}

/// Agents who are never given work.
pub(super) fn nobody(agent: i32) -> bool {
    agent == ids::UNASSIGNED || agent == 0
}
