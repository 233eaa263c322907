//! Teams and agents: tiers of the service desk, projects and sales.
//!
//! A large provider has several groups of first and second line, each with its own clients. People join as
//! the provider grows; some have left.

use super::World;
use super::reference::ids;
use super::rows::{Agent, Team};
use super::scale::Scale;
use super::words::{AGENTS, FIRST_NAMES, LAST_NAMES, TEAMS, TITLES, TOWNS};
use crate::rng::Rng;
use crate::times::{self, DAY, Ms};

/// Where a team stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tier {
    First = 0,
    Second = 1,
    Third = 2,
    Projects = 3,
    Sales = 4,
}

/// The team of a tier and a group, both counted from 0. Only first and second line have groups.
pub(crate) fn team_of(tier: Tier, pod: usize) -> i32 {
    let place = match (tier, pod) {
        (Tier::First | Tier::Second, 1..) => TEAMS.len() + 2 * (pod - 1) + tier as usize,
        (tier, _) => tier as usize,
    };
    ids::FIRST_TEAM + i32::try_from(place).unwrap_or_default()
}

pub(super) fn fill(world: &mut World, start: Ms, now: Ms, scale: Scale) {
    teams(world, start, scale);
    let agent = |id: i32, first: &str, last: &str, title: &str| Agent {
        id,
        first: first.into(),
        last: last.into(),
        title: title.into(),
        teams: Vec::new(),
        manager: 0,
        disabled: false,
        api: false,
        deleted: false,
        created: start - 30 * DAY,
    };
    world.agents.push(agent(ids::UNASSIGNED, "Unassigned", "", ""));
    for ((first, last, title, team, manager), id) in AGENTS.iter().zip(ids::FIRST_AGENT..) {
        let mut row = agent(id, first, last, title);
        row.teams = vec![ids::FIRST_TEAM + i32::try_from(*team).unwrap_or_default()];
        row.manager = ids::FIRST_AGENT + i32::try_from(*manager).unwrap_or_default();
        if *team == 1 {
            row.teams.push(team_of(Tier::Third, 0));
        }
        world.agents.push(row);
    }
    let mut api = agent(ids::API_AGENT, "Dashboards", "API", "Integration");
    api.api = true;
    api.teams = world.teams.live().map(|team| team.id).collect();
    world.agents.push(api);
    for number in 0..scale.engineers - BASE {
        join(world, number, scale, start);
    }
    duties(world, start, now);
}

/// Engineers among [`AGENTS`] who are still there.
const BASE: usize = 10;

fn teams(world: &mut World, start: Ms, scale: Scale) {
    let groups = TOWNS.iter().take(scale.pods - 1).flat_map(|town| {
        TEAMS[..2].iter().map(move |(name, department, works)| (format!("{name} {town}"), *department, *works))
    });
    let first = TEAMS.iter().map(|(name, department, works)| ((*name).to_owned(), *department, *works));
    world.teams = first
        .chain(groups)
        .zip(ids::FIRST_TEAM..)
        .map(|((name, department, [requests, projects, sales]), id)| Team {
            id,
            name: name.into(),
            department,
            inactive: false,
            requests,
            projects,
            sales,
            modified: start,
            deleted: false,
        })
        .collect();
}

/// One more engineer; every fifteenth brings an account manager along.
fn join(world: &mut World, number: usize, scale: Scale, start: Ms) {
    let mut rng = Rng::new(world.seed, "joiner", number as u64);
    let (tier, share) = match number % 20 {
        0..9 => (Tier::First, number),
        9..14 => (Tier::Second, number),
        14 | 15 => (Tier::Third, 0),
        _ => (Tier::Projects, 0),
    };
    let mut add = |tier: Tier, pod: usize| {
        let id = i32::try_from(world.agents.next_id()).unwrap_or_default();
        let team = team_of(tier, pod);
        world.agents.push(Agent {
            id,
            first: (*rng.pick(&FIRST_NAMES)).into(),
            last: (*rng.pick(&LAST_NAMES)).into(),
            title: TITLES[tier as usize].into(),
            teams: if tier == Tier::Second { vec![team, team_of(Tier::Third, 0)] } else { vec![team] },
            manager: ids::FIRST_AGENT,
            disabled: false,
            api: false,
            deleted: false,
            created: start - 30 * DAY,
        });
    };
    // Both tiers turn through the groups, so that all grow alike.
    add(tier, (share / 20 + share % 20) % scale.pods);
    if number % 15 == 14 {
        add(Tier::Sales, 0);
    }
}

/// Sets when people joined and left, and draws their shifts and leave.
fn duties(world: &mut World, start: Ms, now: Ms) {
    let years = times::civil(start).year..=times::civil(now).year + 4;
    let ids: Vec<i32> =
        world.agents.live().filter(|row| row.id != ids::UNASSIGNED && !row.api).map(|row| row.id).collect();
    let length = now - start;
    for (place, id) in ids.iter().enumerate() {
        let later = joined(place, ids.len()).map(|per_mille| start + length * per_mille / 1_000);
        let left = (*id == VICTOR).then_some(start + length * 3 / 5);
        world.agents.edit(*id, |row| {
            row.created = if *id == VICTOR { start - 400 * DAY } else { later.unwrap_or(row.created) };
            row.disabled = left.is_some();
        });
        let Some(agent) = world.agents.get(*id) else { continue };
        world.rota.add(world.seed, agent, left, years.clone());
    }
}

/// The last of [`AGENTS`].
const VICTOR: i32 = 16;

/// How much of the history had passed when the agent at this place joined, in thousandths; `None` for those
/// who were there before: five of seven, since the work grows by two fifths.
fn joined(place: usize, of: usize) -> Option<i64> {
    let rank = i64::try_from((place * 7 + 3) % of.max(1)).unwrap_or_default();
    let of = i64::try_from(of).unwrap_or(1);
    let there = of * 5 / 7;
    (rank >= there && place > 1).then(|| 1_000 * (rank - there) / (of - there).max(1))
}
