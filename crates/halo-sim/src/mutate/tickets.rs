//! Random changes to tickets, their actions and time entries.

use serde_json::json;

use super::{Done, Hand, Op, any, op, path, recent, report};
use crate::times::EMPTY;
use crate::world::ops::ticket::{
    change, create, delete, link, merge, move_to, party, restore, set_assignee, set_priority, set_status, set_type,
};
use crate::world::ops::work::{self, Work, act};
use crate::world::reference::ids;
use crate::world::rows::{Kind, Text, Ticket};
use crate::world::words::{self, NoteKind};

pub(super) const OPS: &[Op] = &[
    op(110, "ticket_create", |hand| created(hand, Kind::Ticket)),
    op(8, "project_create", |hand| created(hand, Kind::Project)),
    op(8, "opportunity_create", |hand| created(hand, Kind::Opportunity)),
    op(120, "ticket_update", updated),
    op(70, "ticket_status", status_changed),
    op(60, "ticket_assign", assigned),
    op(40, "ticket_priority", prioritised),
    op(60, "ticket_close", closed),
    op(25, "ticket_reopen", reopened),
    op(50, "ticket_delete", deleted),
    op(25, "ticket_restore", restored),
    op(20, "ticket_merge", merged),
    op(25, "ticket_move", moved),
    op(12, "ticket_type", retyped),
    op(12, "ticket_link", linked),
    op(6, "ticket_unlink", unlinked),
    op(110, "action_add", worked),
    op(15, "action_delete", action_deleted),
    op(25, "time_edit", time_edited),
    op(15, "time_delete", time_deleted),
];

impl Hand<'_> {
    /// A live ticket, project or opportunity, mostly a recent one.
    fn ticket(&mut self) -> Option<&Ticket> {
        let lane = [0, 0, 0, 0, 0, 0, Kind::Project as usize, Kind::Opportunity as usize][self.rng.index(8)];
        let span = if self.rng.chance(1.0 / 6.0) { usize::MAX } else { 1_000 };
        recent(&self.world.tickets, lane, span, &mut self.rng)
    }

    /// A live ticket that passes a test, within a few draws.
    fn ticket_where(&mut self, test: fn(&Ticket) -> bool) -> Option<(i32, Kind)> {
        (0..10).find_map(|_| self.ticket().filter(|row| test(row)).map(|row| (row.id, row.kind)))
    }

    fn open_ticket(&mut self) -> Option<(i32, Kind)> {
        self.ticket_where(|row| row.closed == EMPTY)
    }

    /// An agent who can be given work, and one of the agent's teams.
    fn assignee(&mut self) -> Option<(i32, i32)> {
        let agent = any(&self.world.agents, &mut self.rng)?;
        let usable = !agent.disabled && !agent.api && agent.id != ids::UNASSIGNED;
        if usable { Some((*agent.teams.first()?, agent.id)) } else { None }
    }

    fn note(&mut self, kind: NoteKind) -> Text {
        words::note_phrase(kind, self.rng.next())
    }
}

fn created(hand: &mut Hand<'_>, kind: Kind) -> Done {
    let user = any(&hand.world.users, &mut hand.rng)?.id;
    let party = party(hand.world, user)?;
    let id = create(hand.world, hand.now, kind, &party);
    Some(report(path(kind), id))
}

fn updated(hand: &mut Hand<'_>) -> Done {
    let (id, kind) = hand.ticket_where(|_| true)?;
    let (draw, what) = (hand.rng.next(), hand.rng.below(6));
    let topic = hand.rng.index(words::TICKET_TOPICS);
    let field = change(hand.world, hand.now, id, |row| match what {
        0 => {
            row.summary = Text::Own(format!("{} ({})", words::summary(&words::phrase(topic, draw)), draw % 97).into());
            "summary"
        }
        1 => {
            row.details = words::phrase(topic, draw);
            "details"
        }
        2 => {
            row.category_1 = ids::FIRST_CATEGORY + i32::try_from(topic).unwrap_or_default();
            "categoryid_1"
        }
        3 => {
            row.flagged = !row.flagged;
            "flagged"
        }
        4 => {
            row.estimate += 15;
            "estimate"
        }
        _ => {
            row.impact = 1 + row.impact % 3;
            "impact"
        }
    })?;
    Some(json!({"entity": path(kind), "id": id, "field": field}))
}

fn status_changed(hand: &mut Hand<'_>) -> Done {
    let (id, kind) = hand.open_ticket()?;
    let choices = [ids::IN_PROGRESS, 3, ids::WITH_USER, ids::WITH_SUPPLIER, 10, ids::ON_HOLD];
    let status = *hand.rng.pick(&choices);
    let now = hand.now;
    change(hand.world, now, id, |row| set_status(row, status, now))?;
    Some(json!({"entity": path(kind), "id": id, "status_id": status}))
}

fn assigned(hand: &mut Hand<'_>) -> Done {
    let (team, agent) = hand.assignee()?;
    let (id, kind) = hand.open_ticket()?;
    let now = hand.now;
    change(hand.world, now, id, |row| set_assignee(row, team, agent, now))?;
    Some(json!({"entity": path(kind), "id": id, "team_id": team, "agent_id": agent}))
}

fn prioritised(hand: &mut Hand<'_>) -> Done {
    let (id, kind) = hand.open_ticket()?;
    let (sla, priority) = (1 + i32::from(hand.rng.chance(0.3)), [1, 2, 3, 4][hand.rng.index(4)]);
    set_priority(hand.world, hand.now, id, sla, priority)?;
    Some(json!({"entity": path(kind), "id": id, "sla_id": sla, "priority_id": priority}))
}

fn closed(hand: &mut Hand<'_>) -> Done {
    let (id, kind) = hand.open_ticket()?;
    let (_, agent) = hand.assignee()?;
    let note = hand.note(NoteKind::Closing);
    let work = Work { outcome: ids::CLOSE, agent, minutes: 15, status: Some(ids::CLOSED), note, ..Work::default() };
    act(hand.world, hand.now, id, work)?;
    Some(report(path(kind), id))
}

fn reopened(hand: &mut Hand<'_>) -> Done {
    let (id, kind) = hand.ticket_where(|row| row.closed != EMPTY && row.merged_into == 0)?;
    let now = hand.now;
    change(hand.world, now, id, |row| set_status(row, ids::IN_PROGRESS, now))?;
    Some(report(path(kind), id))
}

fn deleted(hand: &mut Hand<'_>) -> Done {
    if hand.world.tickets.lane(0).len() < 50 {
        return None;
    }
    let (id, kind) = hand.ticket_where(|_| true)?;
    delete(hand.world, hand.now, id)?;
    Some(report(path(kind), id))
}

/// Restores one of the latest deleted tickets.
fn restored(hand: &mut Hand<'_>) -> Done {
    let rows = hand.world.tickets.rows();
    let gone: Vec<(i32, Kind)> =
        rows.iter().rev().take(2_000).filter(|row| row.deleted).map(|row| (row.id, row.kind)).take(20).collect();
    if gone.is_empty() {
        return None;
    }
    let (id, kind) = *hand.rng.pick(&gone);
    restore(hand.world, hand.now, id)?;
    Some(report(path(kind), id))
}

fn merged(hand: &mut Hand<'_>) -> Done {
    let (from, kind) = hand.ticket_where(|row| row.kind == Kind::Ticket && row.merged_into == 0)?;
    let (into, _) = hand.ticket_where(|row| row.kind == Kind::Ticket && row.merged_into == 0)?;
    let (_, agent) = hand.assignee()?;
    merge(hand.world, hand.now, from, into, agent)?;
    Some(json!({"entity": path(kind), "id": from, "merged_into_id": into}))
}

fn moved(hand: &mut Hand<'_>) -> Done {
    let user = any(&hand.world.users, &mut hand.rng)?.id;
    let party = party(hand.world, user)?;
    let (id, kind) = hand.ticket_where(|_| true)?;
    move_to(hand.world, hand.now, id, &party)?;
    Some(json!({"entity": path(kind), "id": id, "client_id": party.client, "user_id": user}))
}

fn retyped(hand: &mut Hand<'_>) -> Done {
    let (id, _) = hand.ticket_where(|_| true)?;
    let tickettype = any(&hand.world.ticket_types, &mut hand.rng).filter(|row| !row.inactive)?.id;
    let kind = set_type(hand.world, hand.now, id, tickettype)?;
    Some(json!({"entity": path(kind), "id": id, "tickettype_id": tickettype}))
}

fn linked(hand: &mut Hand<'_>) -> Done {
    let (parent, _) = hand.ticket_where(|row| row.parent == 0)?;
    let (child, kind) = hand.ticket_where(|row| row.children == 0 && row.parent == 0)?;
    link(hand.world, hand.now, child, parent)?;
    Some(json!({"entity": path(kind), "id": child, "parent_id": parent}))
}

fn unlinked(hand: &mut Hand<'_>) -> Done {
    let (child, kind) = hand.ticket_where(|row| row.parent != 0)?;
    link(hand.world, hand.now, child, 0)?;
    Some(report(path(kind), child))
}

fn worked(hand: &mut Hand<'_>) -> Done {
    let (ticket, _) = hand.open_ticket()?;
    let (_, agent) = hand.assignee()?;
    let minutes = u16::try_from(hand.rng.between(0, 4) * 15).unwrap_or_default();
    let (private, billable) = (hand.rng.chance(0.5), hand.rng.chance(0.3));
    let note = hand.note(NoteKind::Work);
    let outcome = if private { 7 } else { 1 };
    let billable = billable && minutes > 0;
    let work = Work { outcome, agent, minutes, billable, private, note, ..Work::default() };
    let id = act(hand.world, hand.now, ticket, work)?;
    Some(json!({"entity": "Actions", "id": id, "ticket_id": ticket}))
}

fn action_deleted(hand: &mut Hand<'_>) -> Done {
    let row = hand.ticket()?;
    let (ticket, id) = (row.id, row.live_actions().next_back()?.id);
    work::delete(hand.world, hand.now, ticket, id)?;
    Some(json!({"entity": "Actions", "id": id, "ticket_id": ticket}))
}

fn time_edited(hand: &mut Hand<'_>) -> Done {
    let (id, ticket, action) = hand.time_entry()?;
    let minutes = u16::try_from(hand.rng.between(1, 12) * 15).unwrap_or_default();
    work::edit(hand.world, hand.now, ticket, action, |action| action.minutes = minutes)?;
    Some(json!({"entity": "TimesheetEvent", "id": id, "ticket_id": ticket}))
}

fn time_deleted(hand: &mut Hand<'_>) -> Done {
    let (id, ticket, action) = hand.time_entry()?;
    work::delete(hand.world, hand.now, ticket, action)?;
    Some(json!({"entity": "TimesheetEvent", "id": id, "ticket_id": ticket}))
}

impl Hand<'_> {
    /// A recent time entry that is on a ticket.
    fn time_entry(&mut self) -> Option<(i32, i32, u16)> {
        let row = recent(&self.world.time_entries, 0, 300, &mut self.rng)?;
        (row.ticket != 0).then_some((row.id, row.ticket, row.action))
    }
}
