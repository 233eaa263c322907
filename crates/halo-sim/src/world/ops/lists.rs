//! What happens to agents, categories, statuses and holidays. Their rows carry no change stamp.

use super::{Kept, next};
use crate::times::Ms;
use crate::world::World;
use crate::world::reference::ids;
use crate::world::rows::{Agent, Category, Holiday, Status};

/// A new agent of one team.
pub(crate) fn create_agent(world: &mut World, now: Ms, first: &str, last: &str, team: i32) -> i32 {
    let id = next(&world.agents, ids::API_AGENT + 1);
    world.agents.push(Agent {
        id,
        first: first.into(),
        last: last.into(),
        title: "Service desk engineer".into(),
        teams: vec![team],
        manager: ids::FIRST_AGENT,
        disabled: false,
        api: false,
        deleted: false,
        created: now,
    });
    super::commerce::agent_created(world, now, id);
    id
}

/// An agent is never deleted, only disabled; the agent behind the token stays.
pub(crate) fn disable_agent(world: &mut World, id: i32) -> Option<()> {
    world.agents.alive(id).filter(|row| !row.disabled && !row.api && row.id != ids::UNASSIGNED)?;
    world.agents.edit(id, |row| row.disabled = true)
}

pub(crate) fn create_category(world: &mut World, kind: i32, value: &str) -> i32 {
    let id = next(&world.categories, ids::FIRST_CATEGORY);
    world.categories.push(Category { id, kind, value: value.into(), deleted: false });
    id
}

/// Deletes a category that no ticket has.
pub(crate) fn delete_category(world: &mut World, id: i32) -> Result<(), Kept> {
    world.categories.alive(id).ok_or(Kept::Missing)?;
    if world.any_ticket(|row| row.category_1 == id || row.category_2 == id) {
        return Err(Kept::Needed("the category is used by tickets"));
    }
    world.categories.edit(id, |row| row.deleted = true).ok_or(Kept::Missing)
}

pub(crate) fn create_status(world: &mut World, name: &str) -> i32 {
    let id = next(&world.statuses, ids::ON_HOLD + 1);
    world.statuses.push(Status {
        id,
        name: name.into(),
        short: name.into(),
        sequence: id,
        colour: "#4a90e2".into(),
        deleted: false,
    });
    id
}

/// Deletes a status that no ticket is in.
pub(crate) fn delete_status(world: &mut World, id: i32) -> Result<(), Kept> {
    world.statuses.alive(id).ok_or(Kept::Missing)?;
    if world.any_ticket(|row| row.status == id) {
        return Err(Kept::Needed("the status is used by tickets"));
    }
    world.statuses.edit(id, |row| row.deleted = true).ok_or(Kept::Missing)
}

/// A day off; the working time of the simulated history does not change.
pub(crate) fn create_holiday(world: &mut World, name: &str, day: Ms) -> i32 {
    let id = next(&world.holidays, 1);
    world.holidays.push(Holiday { id, name: name.into(), day, deleted: false });
    id
}
