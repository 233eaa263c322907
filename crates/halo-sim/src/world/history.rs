//! Three years of tickets, projects and opportunities, with their actions, time entries and activity stream.

use super::World;
use super::desk::Desk;
use crate::times::{EMPTY, Ms};

pub(crate) const FIRST_TICKET: i32 = 1_001;

/// Runs the desk from `start` to `now`; it stays ready to go on from there.
pub(super) fn fill(world: &mut World, start: Ms, now: Ms, tickets: u32) {
    let mut desk = Desk::new(world, start, now, tickets);
    desk.run(world, now);
    world.desk = desk;
    let open: Vec<i32> = world.tickets.rows().iter().filter(|row| row.closed == EMPTY).map(|row| row.id).collect();
    for id in open {
        // What is late by now was not when it was last touched.
        world.tickets.edit(id, |row| {
            row.response_breached |= row.responded == EMPTY && now > row.respond_by;
            row.sla_breached |= now > row.fix_by;
        });
    }
}
