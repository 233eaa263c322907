//! What is arranged and done around tickets: appointments, milestones of projects, expenses, days in the
//! timesheet, runs of automations.

use std::collections::BTreeMap;

use super::Commerce;
use super::rows::{Appointment, Automation, Expense, Milestone, Workday};
use crate::rng::Rng;
use crate::times::{self, DAY, EMPTY, HOUR, MINUTE, Ms};
use crate::world::World;
use crate::world::reference::ids;
use crate::world::rows::{Agent, Kind, Ticket, TimeEntry};

/// Kinds of appointments by number, with the colour in the calendar.
pub(crate) const APPOINTMENTS: [&str; 4] = ["Remote session", "On-site visit", "Call back", "Project meeting"];
/// Stages of every project.
pub(crate) const STAGES: [&str; 3] = ["Design approved", "Built and tested", "Handed over"];
/// How far the timesheet is laid out beyond the end of the history.
const AHEAD: Ms = 1_096 * DAY;
/// How many of the newest alerts an automation ran on.
const AUTOMATED: usize = 200;

pub(super) fn fill(commerce: &mut Commerce, world: &World, start: Ms, now: Ms) {
    let mut appointments = Vec::new();
    for ticket in world.tickets.live() {
        appointments.extend(appointment(world, ticket, now));
    }
    commerce.appointments = appointments.into_iter().zip(1..).map(|(row, id)| Appointment { id, ..row }).collect();
    for position in world.tickets.lane(Kind::Project as usize) {
        commerce.plan(&world.tickets.rows()[*position as usize], now);
    }
    expenses(commerce, world);
    for agent in world.agents.live() {
        commerce.lay_out(agent, start, now + AHEAD);
    }
    automations(commerce, world);
    commerce.diary.learn(world.time_entries.rows());
}

/// One ticket in twelve has an appointment, and every other project; those of open tickets lie ahead.
fn appointment(world: &World, ticket: &Ticket, now: Ms) -> Option<Appointment> {
    let mut rng = Rng::new(world.seed, "appointment", ticket.id.unsigned_abs().into());
    let likely = if ticket.kind == Kind::Project { 0.5 } else { 1.0 / 12.0 };
    if ticket.agent == ids::UNASSIGNED || ticket.assigned == EMPTY || !rng.chance(likely) {
        return None;
    }
    let (from, open) = if ticket.closed == EMPTY { (now, true) } else { (ticket.assigned, false) };
    let start = world.calendar.add(from, rng.between(1, 12) * HOUR).div_euclid(15 * MINUTE) * 15 * MINUTE;
    let kind = if ticket.kind == Kind::Project { 3 } else { u8::try_from(rng.below(3)).unwrap_or_default() };
    let made = from.min(start) - rng.between(0, HOUR);
    Some(Appointment {
        id: 0,
        ticket: ticket.id,
        agent: ticket.agent,
        start,
        minutes: u16::try_from(rng.between(1, 6) * 15).unwrap_or_default(),
        kind,
        complete: !open && start < now,
        private: false,
        deleted: rng.chance(0.02),
        modified: made.max(ticket.occurred),
    })
}

/// Travel that was laid out on some of the visits on site.
fn expenses(commerce: &mut Commerce, world: &World) {
    let visits = world.time_entries.live().filter(|entry| on_site(entry.ticket, entry.action));
    for entry in visits.filter(|entry| entry.id % 7 == 0) {
        let mut rng = Rng::new(world.seed, "expense", entry.id.unsigned_abs().into());
        let id = i32::try_from(commerce.expenses.next_id()).unwrap_or(1).max(1);
        commerce.expenses.push(Expense {
            id,
            ticket: entry.ticket,
            action: entry.action,
            agent: entry.agent,
            // 45 pence a mile.
            amount: rng.between(4, 70) * 45,
            at: entry.start + Ms::from(entry.minutes) * MINUTE,
            charged: rng.chance(0.4),
            deleted: false,
        });
    }
}

/// One visit in ten is on site.
pub(crate) fn on_site(ticket: i32, action: u16) -> bool {
    ticket != 0 && (ticket + i32::from(action)) % 10 == 0
}

fn automations(commerce: &mut Commerce, world: &World) {
    let alerts = world.tickets.live().filter(|ticket| ticket.tickettype == ids::ALERT);
    let mut alerts: Vec<&Ticket> = alerts.collect();
    alerts.drain(..alerts.len().saturating_sub(AUTOMATED));
    commerce.automations = alerts
        .into_iter()
        .zip(1..)
        .map(|(ticket, id)| Automation {
            id,
            ticket: ticket.id,
            at: ticket.created + 2_000,
            failed: ticket.id % 23 == 0,
            deleted: false,
        })
        .collect();
}

impl Commerce {
    /// Gives a project its stages.
    pub(crate) fn plan(&mut self, ticket: &Ticket, now: Ms) {
        let start = if ticket.start == EMPTY { ticket.occurred } else { ticket.start };
        let step = (ticket.target.max(start + 3 * DAY) - start) / 3;
        for (name, sequence) in STAGES.iter().zip(1..) {
            let id = i32::try_from(self.milestones.next_id()).unwrap_or(1).max(1);
            let from = start + step * (sequence - 1);
            let target = (from + step).div_euclid(DAY) * DAY;
            let reached = match ticket.closed {
                EMPTY if target + 5 * DAY < now && sequence < 3 => target + 5 * DAY,
                EMPTY => EMPTY,
                closed => closed.min(target + DAY),
            };
            self.milestones.push(Milestone {
                id,
                ticket: ticket.id,
                sequence: i32::try_from(sequence).unwrap_or_default(),
                name: (*name).into(),
                start: from.div_euclid(DAY) * DAY,
                target,
                value: ticket.value / 3,
                reached,
                deleted: false,
            });
        }
    }

    /// Lays out the days of an agent's timesheet; the API agent and nobody have none.
    pub(crate) fn lay_out(&mut self, agent: &Agent, from: Ms, to: Ms) {
        if agent.api || agent.id == ids::UNASSIGNED {
            return;
        }
        let first = from.max(agent.created).div_euclid(DAY);
        for day in first..to.div_euclid(DAY) {
            let id = i32::try_from(self.workdays.next_id()).unwrap_or(1).max(1);
            self.workdays.push(Workday { id, agent: agent.id, day: day * DAY });
        }
    }
}

/// What an agent did on one local day, from the time entries.
#[derive(Default, PartialEq, Debug)]
pub(crate) struct Worked {
    pub(crate) minutes: u32,
    pub(crate) charged: u32,
    pub(crate) breaks: u32,
    /// Begin of the first entry and end of the last one; 0 when there is none.
    pub(crate) first: Ms,
    pub(crate) last: Ms,
}

/// Where the time entries lie, by agent and local day: neither of them ever changes.
#[derive(Default)]
pub(crate) struct Diary {
    places: BTreeMap<(i32, i32), Vec<u32>>,
    /// How many entries are in it.
    known: usize,
}

impl Diary {
    /// Takes in the entries that came since the last time.
    pub(crate) fn learn(&mut self, entries: &[TimeEntry]) {
        for (row, place) in entries[self.known..].iter().zip(self.known..) {
            let place = u32::try_from(place).expect("tables stay below four thousand million rows");
            self.places.entry((row.agent, local_day(row.start))).or_default().push(place);
        }
        self.known = entries.len();
    }
}

/// Days since 1970 of the local day of a moment.
fn local_day(at: Ms) -> i32 {
    i32::try_from((at + times::london_offset(at)).div_euclid(DAY)).unwrap_or_default()
}

impl World {
    /// See [`Worked`].
    pub(crate) fn worked(&self, agent: i32, day: Ms) -> Worked {
        let (rows, diary) = (self.time_entries.rows(), &self.commerce.diary);
        let number = i32::try_from(day.div_euclid(DAY)).unwrap_or_default();
        let mut worked = Worked::default();
        for place in diary.places.get(&(agent, number)).into_iter().flatten() {
            self.add(&mut worked, &rows[*place as usize]);
        }
        for entry in &rows[diary.known..] {
            if entry.agent == agent && local_day(entry.start) == number {
                self.add(&mut worked, entry);
            }
        }
        worked
    }

    fn add(&self, worked: &mut Worked, entry: &TimeEntry) {
        if entry.deleted {
            return;
        }
        let minutes = u32::from(entry.minutes);
        match entry.break_type {
            1 => worked.breaks += minutes,
            _ => worked.minutes += minutes,
        }
        let place = usize::from(entry.action).wrapping_sub(1);
        let action = self.tickets.get(entry.ticket).and_then(|ticket| ticket.actions.get(place));
        if action.is_some_and(|action| action.billable) {
            worked.charged += minutes;
        }
        worked.first = if worked.first == 0 { entry.start } else { worked.first.min(entry.start) };
        worked.last = worked.last.max(entry.start + Ms::from(entry.minutes) * MINUTE);
    }

    /// Minutes that are to be worked on a local day: seven and a half hours when the desk is open.
    pub(crate) fn target(&self, day: Ms) -> u32 {
        if self.calendar.between(day, day + DAY) > 0 { 450 } else { 0 }
    }
}
