//! The steps of a ticket, from the first look at it to its closure and beyond.

use super::case::{Case, Step, Task};
use super::people::{Habit, People, habit};
use super::{Desk, What, till_evening};
use crate::times::{DAY, HOUR, MINUTE, Ms};
use crate::world::World;
use crate::world::ops::ticket::{change, delete, merge, set_assignee};
use crate::world::ops::work::{Work, act};
use crate::world::reference::ids;
use crate::world::rows::{Kind, Text};
use crate::world::staff::Tier;
use crate::world::words::{self, NoteKind, RESOLUTIONS, TOPICS};

/// Minutes of a piece of work, by evenly spaced quantiles.
const WORK: [f64; 11] = [4.0, 5.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 35.0, 55.0, 110.0];
const REPLY: [f64; 6] = [2.0, 4.0, 5.0, 8.0, 10.0, 20.0];
const CLOSING: [f64; 6] = [2.0, 3.0, 5.0, 5.0, 10.0, 20.0];
/// A session of a project, in minutes.
const SESSIONS: [i64; 7] = [60, 90, 120, 150, 180, 240, 300];
/// Share of tickets that nobody looks at again after some work.
const FORGOTTEN: f64 = 0.025;
const REOPENED: f64 = 0.024;

impl Desk {
    fn again(&mut self, at: Ms, step: Step, mut case: Case) {
        case.step = step;
        self.push(at, What::Case(case));
    }

    fn want(&mut self, at: Ms, task: Task, mut case: Case) {
        case.task = task;
        self.again(at, Step::Want, case);
    }

    /// The first event of a new ticket.
    pub(super) fn open(&mut self, world: &World, mut case: Case, at: Ms) {
        if case.step == Step::Clear {
            let after = case.rng.between(5, 180) * MINUTE;
            return self.again(at + after, Step::Clear, case);
        }
        let Some(row) = case.row(world) else { return };
        let taken = match case.priority {
            // Somebody is on call for what cannot wait for the morning.
            1 if world.calendar.add(at, 0) != at => at + case.rng.between(8, 40) * MINUTE,
            _ => case.taken(world, row),
        };
        self.again(taken, Step::Take, case);
    }

    pub(super) fn step(&mut self, world: &mut World, case: Case, at: Ms) {
        match case.step {
            Step::Clear => clear(world, &case, at),
            Step::Take => self.take(world, case, at),
            Step::Want => self.begin(world, case, at),
            Step::Done => self.done(world, case, at),
            Step::Answer => self.answer(world, case, at),
            Step::Reopen => self.reopen(world, case, at),
        }
    }

    /// Looks at a new ticket: spam goes, a second report is merged, the rest gets an agent.
    fn take(&mut self, world: &mut World, mut case: Case, at: Ms) {
        let Some(row) = case.row(world) else { return };
        let (client, on_call) = (row.client, case.priority == 1 && world.calendar.add(at, 0) != at);
        let chosen = if on_call {
            self.people.on_call(at)
        } else {
            self.people.choose(world, case.tier, client, at, &mut case.rng)
        };
        let Some((team, agent)) = chosen else {
            // Nobody works here yet, or any more.
            return self.again(at + DAY, Step::Take, case);
        };
        if case.kind == Kind::Ticket && case.tickettype != ids::ALERT {
            match case.rng.below(1_000) {
                0..7 => {
                    delete(world, at, case.ticket);
                    return;
                }
                7..30 if case.before != 0 && merge(world, at, case.ticket, case.before, agent).is_some() => return,
                _ => {}
            }
        }
        change(world, at, case.ticket, |row| set_assignee(row, team, agent, at));
        case.agent = agent;
        case.task = Task::Reply;
        self.begin_for(world, case, at, on_call);
    }

    /// Goes on with a ticket: it may need another tier or, when its agent is away, another agent.
    fn begin(&mut self, world: &mut World, mut case: Case, at: Ms) {
        let Some(row) = case.row(world) else { return };
        let client = row.client;
        case.agent = row.agent;
        let soon = world.calendar.add(at, 5 * HOUR);
        let away = case.unassigned() || self.people.earliest(world, case.agent, at, 10) > soon;
        let tier = match (case.task, case.tier) {
            _ if case.drawn => case.tier,
            (Task::Work, Tier::First) if case.rng.chance(0.13) => Tier::Second,
            (Task::Work, Tier::Second) if case.rng.chance(0.12) => Tier::Third,
            (_, tier) => tier,
        };
        if (away || tier != case.tier)
            && let Some((team, agent)) = self.people.choose(world, tier, client, at, &mut case.rng)
            && agent != case.agent
        {
            if tier != case.tier && People::present(world, case.agent, at) {
                let note = words::note_phrase(NoteKind::Escalation, case.rng.next());
                let by = case.agent;
                let work = Work { outcome: ids::REASSIGN, agent: by, private: true, note, ..Work::default() };
                act(world, at, case.ticket, work);
            }
            change(world, at, case.ticket, |row| set_assignee(row, team, agent, at));
            case.agent = agent;
        }
        case.tier = tier;
        self.begin_for(world, case, at, false);
    }

    /// Takes the agent's time for the task, or asks again when the agent is likely to have some.
    fn begin_for(&mut self, world: &World, mut case: Case, at: Ms, on_call: bool) {
        let habit = habit(world, case.agent);
        if !case.drawn {
            case.minutes = duration(&mut case, habit);
            case.drawn = true;
        }
        // What is urgent interrupts; and some people do two things at once.
        let interrupts = case.priority == 1
            || case.priority == 2 && case.rng.chance(0.5)
            || habit == Habit::Untidy && case.rng.chance(0.1);
        let at_once = on_call || interrupts && People::present(world, case.agent, at);
        let start = if at_once { at } else { self.people.earliest(world, case.agent, at, case.minutes) };
        case.since = case.since.min(at);
        // What has waited is next in the queue; else what comes later may still come first.
        let next = at > case.since + 20 * MINUTE && start < at + 5 * HOUR;
        if start > at + 20 * MINUTE && !next {
            return self.again(start, Step::Want, case);
        }
        let end = start + Ms::from(case.minutes) * MINUTE;
        self.people.take(case.agent, end);
        let evening = till_evening(world, end);
        let private = case.task == Task::Work;
        let late = match habit {
            _ if !private || on_call => 0,
            Habit::Tidy | Habit::Exact => case.rng.between(0, 3),
            Habit::Late => case.rng.between(0, 90).min(evening),
            Habit::Untidy => case.rng.between(0, 400).min(evening),
        };
        // Some never write their time down.
        if habit == Habit::Untidy && private && case.rng.chance(0.2) {
            case.minutes = 0;
        }
        case.late = u16::try_from(late).unwrap_or_default();
        self.again(end + late * MINUTE + case.rng.between(0, MINUTE - 1), Step::Done, case);
    }

    /// The agent has done what was wanted; something follows.
    fn done(&mut self, world: &mut World, mut case: Case, at: Ms) {
        if case.row(world).is_none() {
            return;
        }
        (case.drawn, case.since) = (false, Ms::MAX);
        match case.task {
            Task::Reply => self.replied(world, case, at),
            Task::Work => self.worked(world, case, at),
            Task::Remind => {
                record(world, &case, at, ids::EMAIL, NoteKind::Reminder, ids::WITH_USER);
                let later = world.calendar.add(at, 12 * HOUR);
                self.want(later, Task::CloseUnanswered, case);
            }
            Task::Close | Task::CloseUnanswered => self.close(world, case, at),
        }
    }

    /// The first answer; more than a third is solved by it.
    fn replied(&mut self, world: &mut World, mut case: Case, at: Ms) {
        let outcome = if case.rng.chance(0.3) { ids::PHONE } else { ids::EMAIL };
        record(world, &case, at, outcome, NoteKind::Reply, ids::IN_PROGRESS);
        let at_once = match (case.kind, case.tickettype) {
            (Kind::Project | Kind::Opportunity, _) | (_, ids::CHANGE) => 0.0,
            (_, ids::ALERT) => 0.55,
            _ => 0.36,
        };
        if case.rng.chance(at_once) {
            let soon = at + case.rng.between(2, 25) * MINUTE;
            return self.want(soon, Task::Close, case);
        }
        if case.kind == Kind::Ticket {
            let pieces: &[u32] = if case.priority > 2 { &[60, 25, 10, 5] } else { &[68, 26, 6, 0] };
            case.left = [1, 2, 3, 4][case.rng.weighted(pieces)];
        }
        let Some(row) = case.row(world) else { return };
        let next = case.next(world, row, at);
        self.want(next, Task::Work, case);
    }

    fn worked(&mut self, world: &mut World, mut case: Case, at: Ms) {
        case.left = case.left.saturating_sub(1);
        case.budget -= i32::from(case.minutes.max(30));
        if case.kind != Kind::Ticket {
            return self.long_run(world, case, at);
        }
        let hours = case.rng.between(4, 30);
        let (status, waits) = match case.rng.below(100) {
            _ if case.tickettype == ids::CHANGE && case.left > 0 => (ids::WITH_CAB, Some(hours * HOUR)),
            0..16 if case.tickettype != ids::ALERT => (ids::WITH_USER, None),
            18..21 => (ids::WITH_SUPPLIER, Some(case.patience(hours * HOUR))),
            21 => (ids::ON_HOLD, Some(10 * hours * HOUR)),
            _ => (ids::IN_PROGRESS, Some(0)),
        };
        let (outcome, note) = match status {
            ids::WITH_USER => (ids::EMAIL, NoteKind::Reply),
            _ => ([ids::NOTE, ids::PHONE, ids::EMAIL][case.rng.weighted(&[62, 20, 18])], NoteKind::Work),
        };
        record(world, &case, at, outcome, note, status);
        if case.rng.chance(FORGOTTEN) {
            return;
        }
        match waits {
            None if case.rng.chance(0.11) => {
                let later = world.calendar.add(at, 16 * HOUR);
                self.want(later, Task::Remind, case);
            }
            None => {
                let answered = case.answered(world, at);
                self.again(answered, Step::Answer, case);
            }
            Some(wait) => {
                let back = world.calendar.add(at, wait);
                self.go_on(world, case, back);
            }
        }
    }

    /// More work, or the closure when there is none left.
    fn go_on(&mut self, world: &World, mut case: Case, at: Ms) {
        let Some(row) = case.row(world) else { return };
        let next = case.next(world, row, at);
        let task = if case.left == 0 { Task::Close } else { Task::Work };
        self.want(next, task, case);
    }

    /// Projects are worked on in sessions until their hours are used, opportunities until they are decided.
    fn long_run(&mut self, world: &mut World, mut case: Case, at: Ms) {
        let outcome = if case.rng.chance(0.7) { ids::NOTE } else { ids::EMAIL };
        record(world, &case, at, outcome, NoteKind::Work, ids::IN_PROGRESS);
        if case.kind == Kind::Opportunity {
            let more = u8::try_from(case.rng.between(5, 25)).unwrap_or_default();
            change(world, at, case.ticket, |row| row.probability = (row.probability + more).min(90));
        }
        let over = if case.kind == Kind::Project { case.budget <= 0 } else { case.left == 0 };
        let (low, high) = if case.kind == Kind::Project { (2, 40) } else { (8, 80) };
        let next = world.calendar.add(at, case.rng.between(low, high) * HOUR);
        self.want(next, if over { Task::Close } else { Task::Work }, case);
    }

    fn answer(&mut self, world: &mut World, mut case: Case, at: Ms) {
        if case.row(world).is_none() {
            return;
        }
        let note = words::note_phrase(NoteKind::Contact, case.rng.next());
        let status = Some(ids::ACTION_REQUIRED);
        act(world, at, case.ticket, Work { outcome: ids::CONTACT, status, note, ..Work::default() });
        self.go_on(world, case, at);
    }

    fn close(&mut self, world: &mut World, mut case: Case, at: Ms) {
        let resolution =
            ids::FIRST_CATEGORY + i32::try_from(TOPICS.len() + case.rng.index(RESOLUTIONS.len())).unwrap_or_default();
        let (answers, won, draw) = (case.rng.chance(0.14), case.rng.chance(0.38), case.rng.next());
        let kind = case.kind;
        change(world, at, case.ticket, |row| {
            row.category_2 = resolution;
            if kind == Kind::Opportunity {
                row.probability = if won { 100 } else { 0 };
            } else if answers && row.tickettype != ids::ALERT {
                row.satisfaction = satisfaction(at > row.fix_by, draw);
            }
        });
        let note = if case.task == Task::Close { NoteKind::Closing } else { NoteKind::NoAnswer };
        record(world, &case, at, ids::CLOSE, note, ids::CLOSED);
        if !case.reopened && kind == Kind::Ticket && case.rng.chance(REOPENED) {
            let later = world.calendar.add(at, case.rng.between(1, 24) * HOUR);
            self.again(later, Step::Reopen, case);
        }
    }

    fn reopen(&mut self, world: &mut World, mut case: Case, at: Ms) {
        let closed =
            world.tickets.alive(case.ticket).is_some_and(|row| row.status == ids::CLOSED && row.merged_into == 0);
        if !closed {
            return;
        }
        let note = Text::Own("It has come back, please look again.".into());
        let status = Some(ids::IN_PROGRESS);
        act(world, at, case.ticket, Work { outcome: ids::CONTACT, status, note, ..Work::default() });
        (case.reopened, case.left) = (true, 1);
        let soon = world.calendar.add(at, case.rng.between(5, 120) * MINUTE);
        self.want(soon, Task::Work, case);
    }
}

/// Minutes that a task takes, as the agent will book them.
fn duration(case: &mut Case, habit: Habit) -> u16 {
    let rng = &mut case.rng;
    let exact = match (case.kind, case.task) {
        (Kind::Project, Task::Work) => *rng.pick(&SESSIONS) as f64,
        (Kind::Opportunity, _) => rng.along(&WORK) + 10.0,
        (_, Task::Work) => rng.along(&WORK),
        (_, Task::Remind) => 5.0,
        (_, Task::Reply) => rng.along(&REPLY),
        (_, Task::Close | Task::CloseUnanswered) => rng.along(&CLOSING),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hours in minutes")]
    let minutes = exact as u16;
    if habit == Habit::Exact { minutes } else { minutes.div_ceil(5) * 5 }
}

/// Monitoring closes its own alert; nobody was ever assigned.
fn clear(world: &mut World, case: &Case, at: Ms) {
    if case.row(world).is_some() {
        let note = Text::Own("Monitoring reports that all is well again.".into());
        let status = Some(ids::CLOSED);
        act(world, at, case.ticket, Work { outcome: ids::CLOSE, status, note, ..Work::default() });
    }
}

/// Writes down what the agent did.
fn record(world: &mut World, case: &Case, at: Ms, outcome: i16, note: NoteKind, status: i32) {
    let note = words::note_phrase(note, case.rng.clone().next());
    let work = Work {
        outcome,
        agent: case.agent,
        minutes: case.minutes,
        late: case.late,
        billable: case.billable && case.minutes > 0,
        private: outcome == ids::NOTE,
        status: Some(status),
        note,
    };
    act(world, at, case.ticket, work);
}

/// 1 is best; who waited too long is less content.
fn satisfaction(late: bool, draw: u64) -> u8 {
    match (late, draw % 100) {
        (false, 0..92) | (true, 0..64) => 1,
        (false, 92..98) | (true, 64..86) => 2,
        _ => 3,
    }
}
