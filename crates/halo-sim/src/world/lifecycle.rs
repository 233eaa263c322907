//! What happens to one ticket, from its arrival to its closure, in working time.

use super::World;
use super::reference::{contract_of, ids};
use super::rows::{Action, Kind, Text, Ticket};
use super::words::{self, NoteKind};
use crate::rng::Rng;
use crate::times::{DAY, EMPTY, HOUR, MINUTE, Ms};

/// Response time as a share of its target, by evenly spaced quantiles: about 93 percent are kept.
const RESPONSE: [f64; 15] = [0.01, 0.03, 0.05, 0.08, 0.12, 0.17, 0.22, 0.28, 0.36, 0.45, 0.56, 0.68, 0.80, 0.95, 2.4];
/// Time to close likewise: about 86 percent are kept.
const CLOSURE: [f64; 15] = [0.02, 0.06, 0.10, 0.15, 0.20, 0.27, 0.34, 0.42, 0.50, 0.60, 0.72, 0.85, 1.0, 1.7, 6.0];
/// Share of tickets that stay open for a reason of their own, besides the young ones.
const LEFT_OPEN: f64 = 0.03;

/// Share of monitoring alerts that end before anybody looks at them.
const CLEAR_BY_THEMSELVES: f64 = 0.35;

/// Who a ticket is for.
#[derive(Clone)]
pub(crate) struct Party {
    pub(crate) client: i32,
    pub(crate) site: i32,
    pub(crate) user: i32,
    pub(crate) sla: i32,
    /// The person's name, see [`words::reported`].
    pub(crate) reported: Text,
}

/// A new ticket-shaped record with its targets, before anything happened to it.
pub(crate) fn arrive(world: &World, id: i32, kind: Kind, party: &Party, at: Ms, rng: &mut Rng) -> Ticket {
    let topic = match kind {
        Kind::Ticket => rng.index(words::TICKET_TOPICS),
        Kind::Project => words::TICKET_TOPICS,
        Kind::Opportunity => words::TICKET_TOPICS + 1,
    };
    let tickettype = match kind {
        Kind::Ticket => [1, 2, 3, 4, 6][rng.weighted(&[55, 28, 11, 4, 2])],
        Kind::Project => ids::PROJECT,
        Kind::Opportunity => ids::OPPORTUNITY,
    };
    let priority = [3, 4, 2, 1][rng.weighted(&[60, 25, 12, 3])];
    let (respond_by, fix_by) = targets(world, party.sla, priority, at);
    let estimate = if kind == Kind::Project { rng.between(8, 120) * 60 } else { 0 };
    let value = if kind == Kind::Ticket { 0 } else { rng.between(10, 400) * 10_000 };
    Ticket {
        id,
        kind,
        deleted: false,
        inactive: false,
        on_hold: false,
        flagged: rng.chance(0.02),
        sla_breached: false,
        response_breached: false,
        reassigned: 0,
        source: [4, 1, 2, 5][rng.weighted(&[50, 20, 20, 10])],
        impact: 4 - priority.min(3),
        urgency: 4 - priority.min(3),
        priority,
        satisfaction: 0,
        children: 0,
        status: ids::NEW,
        tickettype,
        sla: party.sla,
        client: party.client,
        site: party.site,
        user: party.user,
        team: ids::FIRST_TEAM,
        agent: ids::UNASSIGNED,
        category_1: ids::FIRST_CATEGORY + i32::try_from(topic).unwrap_or_default(),
        category_2: 0,
        parent: 0,
        merged_into: 0,
        contract: contract_of(party.client),
        estimate: i32::try_from(estimate).unwrap_or_default(),
        value,
        probability: if kind == Kind::Opportunity { [10, 25, 50, 75][rng.index(4)] } else { 0 },
        summary: words::phrase(topic, rng.next()),
        details: words::phrase(topic, rng.next()),
        reported: party.reported.clone(),
        occurred: at,
        created: at + rng.between(20, 900),
        updated: at,
        last_action: at,
        responded: EMPTY,
        respond_by,
        fix_by,
        closed: EMPTY,
        assigned: EMPTY,
        start: if kind == Kind::Project { (at + 14 * DAY).div_euclid(DAY) * DAY } else { EMPTY },
        target: if kind == Kind::Ticket { EMPTY } else { (at + rng.between(40, 160) * DAY).div_euclid(DAY) * DAY },
        actions: Vec::new(),
    }
}

/// When a ticket must be answered and fixed, counted in working time from its arrival.
pub(crate) fn targets(world: &World, sla: i32, priority: u8, at: Ms) -> (Ms, Ms) {
    let target = world.priorities.live().find(|row| row.sla == sla && row.number == priority);
    let (respond, fix) = target.map_or((8, 40), |row| (row.respond_hours, row.fix_hours));
    (world.calendar.add(at, Ms::from(respond) * HOUR), world.calendar.add(at, Ms::from(fix) * HOUR))
}

/// Plays the life of a ticket up to `now`.
pub(super) fn live(world: &World, ticket: &mut Ticket, now: Ms, rng: &mut Rng) {
    act(
        ticket,
        Step { outcome: -1, agent: 0, minutes: 0, status: ids::NEW, note: NoteKind::Logged },
        ticket.created,
        rng,
    );
    if ticket.tickettype == ids::ALERT && rng.chance(CLEAR_BY_THEMSELVES) {
        clear(ticket, now, rng);
        return;
    }
    let calendar = &world.calendar;
    let respond_target = calendar.between(ticket.occurred, ticket.respond_by);
    let responded = calendar.add(ticket.occurred, scaled(respond_target, rng.along(&RESPONSE)));
    if responded > now {
        finish(ticket, now);
        return;
    }
    let (team, agent) = assignee(ticket, rng);
    (ticket.team, ticket.agent, ticket.assigned) =
        (team, agent, responded - rng.between(30_000, 10 * MINUTE).min(responded - ticket.created));
    ticket.responded = responded;
    let reply =
        Step { outcome: 1, agent, minutes: quarter_hours(rng, 1), status: ids::IN_PROGRESS, note: NoteKind::Reply };
    act(ticket, reply, responded, rng);

    let fix_target =
        calendar.between(ticket.occurred, ticket.fix_by) * if ticket.kind == Kind::Ticket { 1 } else { 12 };
    let closing = calendar.add(responded, scaled(fix_target, rng.along(&CLOSURE)).max(10 * MINUTE));
    let stays_open = rng.chance(LEFT_OPEN);
    let working = calendar.between(responded, closing);
    let steps = rng.between(1, if ticket.kind == Kind::Project { 12 } else { 5 });
    for step in 1..=steps {
        let at = calendar.add(responded, working * step / (steps + 1)) + rng.between(0, 59_999);
        if at > now {
            finish(ticket, now);
            return;
        }
        work(ticket, at, rng);
    }
    if closing > now || stays_open {
        wait(ticket, rng);
    } else {
        let agent = ticket.agent;
        let close = Step {
            outcome: ids::CLOSE,
            agent,
            minutes: quarter_hours(rng, 2),
            status: ids::CLOSED,
            note: NoteKind::Closing,
        };
        act(ticket, close, closing, rng);
        ticket.closed = closing;
        ticket.category_2 = ids::FIRST_CATEGORY
            + i32::try_from(words::TOPICS.len() + rng.index(words::RESOLUTIONS.len())).unwrap_or_default();
        ticket.satisfaction =
            if rng.chance(0.12) { 1 + u8::try_from(rng.weighted(&[70, 20, 10])).unwrap_or_default() } else { 0 };
    }
    finish(ticket, now);
}

/// Monitoring closes its own alert; nobody was ever assigned.
fn clear(ticket: &mut Ticket, now: Ms, rng: &mut Rng) {
    let closing = ticket.created + rng.between(5 * MINUTE, 3 * HOUR);
    if closing <= now {
        let close = Step { outcome: ids::CLOSE, agent: 0, minutes: 0, status: ids::CLOSED, note: NoteKind::Closing };
        act(ticket, close, closing, rng);
        ticket.closed = closing;
    }
    finish(ticket, now);
}

/// Sets what follows from the rest: breaches and change stamps.
fn finish(ticket: &mut Ticket, now: Ms) {
    let reached = |at: Ms| if at == EMPTY { now } else { at };
    ticket.response_breached = reached(ticket.responded) > ticket.respond_by;
    ticket.sla_breached = reached(ticket.closed) > ticket.fix_by;
    ticket.last_action = ticket.actions.last().map_or(ticket.created, |action| action.at).min(now);
    ticket.updated = (ticket.last_action + i64::from(ticket.id % 90)).min(now);
}

fn work(ticket: &mut Ticket, at: Ms, rng: &mut Rng) {
    let status = match rng.below(10) {
        0 => ids::WITH_USER,
        1 => ids::WITH_SUPPLIER,
        _ => ids::IN_PROGRESS,
    };
    if rng.chance(0.12) {
        let (team, agent) = assignee(ticket, rng);
        if agent != ticket.agent {
            (ticket.team, ticket.agent, ticket.assigned) = (team, agent, at);
            ticket.reassigned = ticket.reassigned.saturating_add(1);
        }
    }
    let by_contact = rng.chance(0.18);
    let step = Step {
        outcome: if by_contact { -1 } else { [7, 1, 2][rng.weighted(&[60, 25, 15])] },
        agent: if by_contact { 0 } else { ticket.agent },
        minutes: if by_contact { 0 } else { quarter_hours(rng, 6) },
        status,
        note: NoteKind::Work,
    };
    act(ticket, step, at, rng);
}

/// An open ticket rests in one of the waiting statuses.
fn wait(ticket: &mut Ticket, rng: &mut Rng) {
    let status = [ids::IN_PROGRESS, ids::WITH_USER, ids::WITH_SUPPLIER, ids::ON_HOLD, 3][rng.index(5)];
    ticket.on_hold = status == ids::ON_HOLD;
    ticket.status = status;
    if let Some(last) = ticket.actions.last_mut() {
        last.new_status = i16::try_from(status).unwrap_or_default();
    }
}

#[derive(Clone, Copy)]
struct Step {
    outcome: i16,
    agent: i32,
    minutes: u16,
    status: i32,
    note: NoteKind,
}

fn act(ticket: &mut Ticket, step: Step, at: Ms, rng: &mut Rng) {
    let old_status = if ticket.actions.is_empty() { 0 } else { ticket.status };
    ticket.status = step.status;
    // No one works on a ticket before it comes in; time is booked in steps of five minutes.
    let since = u16::try_from((at - ticket.occurred) / (5 * MINUTE) * 5).unwrap_or(u16::MAX).max(5);
    ticket.actions.push(Action {
        ticket: ticket.id,
        id: u16::try_from(ticket.actions.len() + 1).unwrap_or(u16::MAX),
        outcome: step.outcome,
        deleted: false,
        private: step.outcome == 7,
        billable: step.minutes > 0 && rng.chance(0.3),
        agent: step.agent,
        minutes: step.minutes.min(since),
        old_status: i16::try_from(old_status).unwrap_or_default(),
        new_status: i16::try_from(step.status).unwrap_or_default(),
        note: words::note_phrase(step.note, rng.next()),
        at,
        edited: at,
    });
}

/// Harder tickets go to higher tiers; projects and sales have their own people.
fn assignee(ticket: &Ticket, rng: &mut Rng) -> (i32, i32) {
    let tier = match ticket.kind {
        Kind::Project => 3,
        Kind::Opportunity => 4,
        Kind::Ticket => match ticket.priority {
            1 | 2 => rng.weighted(&[40, 40, 20]),
            _ => rng.weighted(&[75, 20, 5]),
        },
    };
    let people: &[i32] = match tier {
        0 => &[5, 6, 7, 8, 16],
        1 => &[9, 10, 11],
        2 => &[12, 13],
        3 => &[14],
        _ => &[15],
    };
    (ids::FIRST_TEAM + i32::try_from(tier).unwrap_or_default(), *rng.pick(people))
}

fn quarter_hours(rng: &mut Rng, most: i64) -> u16 {
    u16::try_from(rng.between(1, most) * 15).unwrap_or_default()
}

#[allow(clippy::cast_possible_truncation)] // hours times a small factor, in milliseconds
fn scaled(time: Ms, factor: f64) -> Ms {
    (time as f64 * factor) as Ms
}
