//! Random changes to agents, categories, statuses and holidays.

use serde_json::json;

use super::{Done, Hand, Op, any, op, recent, report};
use crate::times::DAY;
use crate::world::ops::lists::{
    create_agent, create_category, create_holiday, create_status, delete_category, delete_status, disable_agent,
};
use crate::world::reference::ids;
use crate::world::words::{FIRST_NAMES, LAST_NAMES, TOPICS};

pub(super) const OPS: &[Op] = &[
    op(3, "agent_create", agent_created),
    op(1, "agent_disable", agent_disabled),
    op(3, "category_create", category_created),
    op(3, "category_rename", category_renamed),
    op(1, "category_delete", category_deleted),
    op(2, "status_create", status_created),
    op(2, "status_rename", status_renamed),
    op(1, "status_delete", status_deleted),
    op(2, "holiday_create", holiday_created),
    op(1, "holiday_rename", holiday_renamed),
    op(1, "holiday_delete", holiday_deleted),
];

fn agent_created(hand: &mut Hand<'_>) -> Done {
    let team = any(&hand.world.teams, &mut hand.rng)?.id;
    let (first, last) = (*hand.rng.pick(&FIRST_NAMES), *hand.rng.pick(&LAST_NAMES));
    Some(report("Agent", create_agent(hand.world, hand.now, first, last, team)))
}

/// Five people at least stay at work.
fn agent_disabled(hand: &mut Hand<'_>) -> Done {
    if hand.world.agents.live().filter(|row| !row.disabled && !row.api).count() <= 6 {
        return None;
    }
    let id = any(&hand.world.agents, &mut hand.rng)?.id;
    disable_agent(hand.world, id)?;
    Some(report("Agent", id))
}

fn category_created(hand: &mut Hand<'_>) -> Done {
    let (top, _) = hand.rng.pick(TOPICS).category.split_once('>')?;
    let value = format!("{top}>Other {}", hand.rng.below(10_000));
    let id = create_category(hand.world, 1, &value);
    Some(json!({"entity": "Category", "id": id, "value": value}))
}

fn category_renamed(hand: &mut Hand<'_>) -> Done {
    let row = any(&hand.world.categories, &mut hand.rng)?;
    let (id, top) = (row.id, row.value.split('>').next().unwrap_or_default().to_owned());
    let value = format!("{top}>Renamed {}", hand.rng.below(10_000));
    hand.world.categories.edit(id, |row| row.value = value.as_str().into())?;
    Some(json!({"entity": "Category", "id": id, "value": value}))
}

fn category_deleted(hand: &mut Hand<'_>) -> Done {
    let id = recent(&hand.world.categories, 0, 3, &mut hand.rng)?.id;
    delete_category(hand.world, id).ok()?;
    Some(report("Category", id))
}

fn status_created(hand: &mut Hand<'_>) -> Done {
    let name = format!("Waiting {}", hand.rng.below(10_000));
    let id = create_status(hand.world, &name);
    Some(json!({"entity": "Status", "id": id, "name": name}))
}

/// New and Closed keep their names: what they mean hangs on those.
fn status_renamed(hand: &mut Hand<'_>) -> Done {
    let id = any(&hand.world.statuses, &mut hand.rng)?.id;
    if id == ids::NEW || id == ids::CLOSED {
        return None;
    }
    let name = format!("Pending {}", hand.rng.below(10_000));
    hand.world.statuses.edit(id, |row| row.name = name.as_str().into())?;
    Some(json!({"entity": "Status", "id": id, "name": name}))
}

/// Only statuses that a mutation made.
fn status_deleted(hand: &mut Hand<'_>) -> Done {
    let id = recent(&hand.world.statuses, 0, 2, &mut hand.rng)?.id;
    if id <= ids::ON_HOLD {
        return None;
    }
    delete_status(hand.world, id).ok()?;
    Some(report("Status", id))
}

fn holiday_created(hand: &mut Hand<'_>) -> Done {
    let day = (hand.now.div_euclid(DAY) + hand.rng.between(30, 600)) * DAY;
    Some(report("Holiday", create_holiday(hand.world, "Company day", day)))
}

fn holiday_renamed(hand: &mut Hand<'_>) -> Done {
    let id = any(&hand.world.holidays, &mut hand.rng)?.id;
    let name = format!("Holiday {}", hand.rng.below(10_000));
    hand.world.holidays.edit(id, |row| row.name = name.as_str().into())?;
    Some(report("Holiday", id))
}

fn holiday_deleted(hand: &mut Hand<'_>) -> Done {
    let id = recent(&hand.world.holidays, 0, 3, &mut hand.rng)?.id;
    hand.world.holidays.edit(id, |row| row.deleted = true)?;
    Some(report("Holiday", id))
}
