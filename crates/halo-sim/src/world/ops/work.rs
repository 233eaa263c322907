//! Actions on tickets and the time entries that come with them.

use super::next;
use super::ticket::{change, set_status};
use crate::times::{EMPTY, MINUTE, Ms};
use crate::world::World;
use crate::world::rows::{Action, Activity, Text, TimeEntry};

const FIRST_TIME_ENTRY: i32 = 5_001;

/// An action to be added.
pub(crate) struct Work {
    pub(crate) outcome: i16,
    /// 0 when the contact did it.
    pub(crate) agent: i32,
    pub(crate) minutes: u16,
    /// Minutes since the work ended.
    pub(crate) late: u16,
    pub(crate) billable: bool,
    pub(crate) private: bool,
    /// The status that the ticket gets; `None` leaves it.
    pub(crate) status: Option<i32>,
    pub(crate) note: Text,
}

impl Default for Work {
    fn default() -> Self {
        let note = Text::Own("".into());
        Self { outcome: 7, agent: 0, minutes: 0, late: 0, billable: false, private: false, status: None, note }
    }
}

/// Adds an action: the ticket is stamped, time worked shows in the timesheet, the feed gets a row.
pub(crate) fn act(world: &mut World, now: Ms, ticket: i32, work: Work) -> Option<u16> {
    let number = u16::try_from(world.tickets.alive(ticket)?.actions.len() + 1).ok()?;
    let (agent, minutes, late) = (work.agent, work.minutes, work.late);
    let former = world.news.by(agent);
    let added = change(world, now, ticket, |row| {
        let old_status = if row.actions.is_empty() { 0 } else { row.status };
        set_status(row, work.status.unwrap_or(row.status), now);
        if agent > 0 && !work.private && row.responded == EMPTY {
            row.responded = now;
        }
        row.last_action = row.last_action.max(now);
        row.actions.push(Action {
            ticket,
            id: number,
            outcome: work.outcome,
            deleted: false,
            private: work.private,
            billable: work.billable,
            agent,
            minutes,
            old_status: small(old_status),
            new_status: small(row.status),
            late,
            note: work.note,
            at: now,
            edited: now,
        });
    });
    world.news.by(former);
    added?;
    world.news.action(ticket, number, agent, now);
    if minutes > 0 && agent > 0 {
        world.time_entries.push(TimeEntry {
            id: next(&world.time_entries, FIRST_TIME_ENTRY),
            ticket,
            action: number,
            deleted: false,
            break_type: 0,
            agent,
            start: now - (Ms::from(minutes) + Ms::from(late)) * MINUTE,
            minutes,
            note: None,
        });
        world.commerce.diary.learn(world.time_entries.rows());
    }
    world.feed.push(Activity { id: next(&world.feed, 1), ticket, action: number, at: now });
    Some(number)
}

/// Adds time that an agent spent on no ticket, up to now.
pub(crate) fn internal(world: &mut World, now: Ms, agent: i32, minutes: u16, kind: u8, name: &str) {
    world.time_entries.push(TimeEntry {
        id: next(&world.time_entries, FIRST_TIME_ENTRY),
        ticket: 0,
        action: 0,
        deleted: false,
        break_type: kind,
        agent,
        start: now - Ms::from(minutes) * MINUTE,
        minutes,
        note: Some(name.into()),
    });
    world.commerce.diary.learn(world.time_entries.rows());
}

fn small(status: i32) -> i16 {
    i16::try_from(status).unwrap_or_default()
}

/// Corrects an action's time or note; its time entry follows and the ticket is stamped.
pub(crate) fn edit(world: &mut World, now: Ms, ticket: i32, number: u16, edit: impl FnOnce(&mut Action)) -> Option<()> {
    let place = usize::from(number).checked_sub(1)?;
    world.tickets.alive(ticket)?.actions.get(place).filter(|action| !action.deleted)?;
    let minutes = change(world, now, ticket, |row| {
        let action = &mut row.actions[place];
        edit(action);
        action.edited = now;
        action.minutes
    })?;
    if let Some(entry) = entry_of(world, ticket, number) {
        world.time_entries.edit(entry, |entry| entry.minutes = minutes);
    }
    Some(())
}

/// Deletes an action with its time entry; its number is never used again.
pub(crate) fn delete(world: &mut World, now: Ms, ticket: i32, number: u16) -> Option<()> {
    let place = usize::from(number).checked_sub(1)?;
    world.tickets.alive(ticket)?.actions.get(place).filter(|action| !action.deleted)?;
    change(world, now, ticket, |row| row.actions[place].deleted = true)?;
    if let Some(entry) = entry_of(world, ticket, number) {
        world.time_entries.edit(entry, |entry| entry.deleted = true);
    }
    Some(())
}

/// The live time entry of an action, the latest first since those change most.
fn entry_of(world: &World, ticket: i32, number: u16) -> Option<i32> {
    let found = world.time_entries.rows().iter().rfind(|entry| entry.ticket == ticket && entry.action == number)?;
    (!found.deleted).then_some(found.id)
}
