//! What the desk has in mind for one ticket: the next step, and the draws that lead there.

use super::people::nobody;
use crate::rng::Rng;
use crate::times::{HOUR, Ms};
use crate::world::World;
use crate::world::lifecycle::Draft;
use crate::world::reference::ids;
use crate::world::rows::{Kind, Ticket};
use crate::world::staff::Tier;

/// Something is wanted, or something that was begun is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// Monitoring takes its alert back.
    Clear,
    /// Somebody looks at it for the first time.
    Take,
    /// The agent wants to go on, as soon as there is time.
    Want,
    /// The agent has done what was wanted.
    Done,
    /// The contact answers.
    Answer,
    /// The contact is not content with the closure.
    Reopen,
}

/// What an agent wants to do next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Task {
    Reply,
    Work,
    Remind,
    Close,
    CloseUnanswered,
}

/// See the module.
pub(super) struct Case {
    pub(super) ticket: i32,
    pub(super) step: Step,
    pub(super) task: Task,
    pub(super) tier: Tier,
    pub(super) agent: i32,
    /// Pieces of work that are still to be done.
    pub(super) left: u8,
    /// Minutes of a project that are still to be worked.
    pub(super) budget: i32,
    /// The draws for the task were made: who does it and how long it takes.
    pub(super) drawn: bool,
    /// Since when the task waits for the agent to have time.
    pub(super) since: Ms,
    /// How long what was begun takes, and how much later it is written down.
    pub(super) minutes: u16,
    pub(super) late: u16,
    pub(super) billable: bool,
    pub(super) reopened: bool,
    pub(super) priority: u8,
    pub(super) tickettype: i32,
    pub(super) kind: Kind,
    /// An earlier ticket of the client; 0 is none.
    pub(super) before: i32,
    pub(super) rng: Rng,
}

/// Share of monitoring alerts that end before anybody looks at them.
const CLEAR_BY_THEMSELVES: f64 = 0.38;
/// Time to the first answer as a share of its target, by evenly spaced quantiles.
const RESPONSE: [f64; 13] = [0.01, 0.02, 0.03, 0.05, 0.08, 0.11, 0.15, 0.2, 0.27, 0.35, 0.46, 0.6, 0.95];
/// Time to the next piece of work as a share of the time to fix, likewise.
const GAP: [f64; 11] = [0.0, 0.003, 0.006, 0.012, 0.02, 0.032, 0.05, 0.075, 0.11, 0.17, 0.36];
/// Working hours until a contact answers, likewise.
const ANSWER: [f64; 11] = [0.1, 0.3, 0.6, 1.0, 1.7, 2.4, 3.5, 5.5, 8.0, 12.0, 24.0];

impl Case {
    pub(super) fn new(world: &World, ticket: i32, draft: Draft, before: Option<i32>, mut rng: Rng) -> Self {
        let tier = match (draft.kind, draft.priority) {
            (Kind::Project, _) => Tier::Projects,
            (Kind::Opportunity, _) => Tier::Sales,
            (Kind::Ticket, 1) => [Tier::First, Tier::Second, Tier::Third][rng.weighted(&[30, 50, 20])],
            (Kind::Ticket, 2) => [Tier::First, Tier::Second][rng.weighted(&[65, 35])],
            (Kind::Ticket, _) => [Tier::First, Tier::Second][rng.weighted(&[88, 12])],
        };
        let clears = draft.tickettype == ids::ALERT && rng.chance(CLEAR_BY_THEMSELVES);
        let used = [70, 80, 90, 95, 100, 105, 115, 135][rng.index(8)];
        let estimate = world.tickets.get(ticket).map_or(0, |row| row.estimate);
        Self {
            ticket,
            step: if clears { Step::Clear } else { Step::Take },
            task: Task::Reply,
            tier,
            agent: ids::UNASSIGNED,
            left: match draft.kind {
                Kind::Opportunity => 2 + u8::try_from(rng.below(5)).unwrap_or_default(),
                _ => 0,
            },
            budget: estimate * used / 100,
            drawn: false,
            since: Ms::MAX,
            minutes: 0,
            late: 0,
            billable: draft.kind == Kind::Project || rng.chance(0.09),
            reopened: false,
            priority: draft.priority,
            tickettype: draft.tickettype,
            kind: draft.kind,
            before: before.unwrap_or_default(),
            rng,
        }
    }

    /// The ticket, while there is something to do on it: others may have closed, merged or deleted it.
    pub(super) fn row<'w>(&self, world: &'w World) -> Option<&'w Ticket> {
        let row = world.tickets.alive(self.ticket)?;
        (row.closed == crate::times::EMPTY && row.merged_into == 0).then_some(row)
    }

    /// When somebody looks at it for the first time.
    pub(super) fn taken(&mut self, world: &World, row: &Ticket) -> Ms {
        let granted = world.calendar.between(row.occurred, row.respond_by);
        world.calendar.add(row.occurred, super::scaled(granted, self.rng.along(&RESPONSE) * self.haste()))
    }

    /// Urgent things are looked at sooner than their target demands, the others in turn.
    fn haste(&self) -> f64 {
        match self.priority {
            1 => 0.55,
            2 => 0.75,
            3 => 0.95,
            _ => 1.0,
        }
    }

    /// When the agent goes on.
    pub(super) fn next(&mut self, world: &World, row: &Ticket, at: Ms) -> Ms {
        let granted = world.calendar.between(row.occurred, row.fix_by);
        let share = self.rng.along(&GAP) * if self.priority > 2 { 1.0 } else { 0.5 };
        world.calendar.add(at, super::scaled(granted, share))
    }

    /// When the contact answers.
    pub(super) fn answered(&mut self, world: &World, at: Ms) -> Ms {
        let wait = super::scaled(HOUR, self.rng.along(&ANSWER));
        world.calendar.add(at, self.patience(wait))
    }

    /// How long others let one wait: less when it is urgent.
    pub(super) fn patience(&self, usual: Ms) -> Ms {
        usual * [1, 2, 4, 7, 10][usize::from(self.priority.min(4))] / 10
    }

    pub(super) fn unassigned(&self) -> bool {
        nobody(self.agent)
    }
}
