//! What happens to tickets, projects and opportunities.

use super::work::{Work, act};
use super::{next, rise};
use crate::rng::Rng;
use crate::times::{DAY, EMPTY, Ms};
use crate::world::World;
use crate::world::events::{Of, What};
use crate::world::lifecycle::{self, Draft, Origin, Party};
use crate::world::news::Glance;
use crate::world::reference::{contract_of, ids};
use crate::world::rows::{Kind, Text, Ticket};
use crate::world::words;

/// Changes a ticket, alive or deleted, and stamps it; the SLA flags are looked at again.
pub(crate) fn change<T>(world: &mut World, now: Ms, id: i32, edit: impl FnOnce(&mut Ticket) -> T) -> Option<T> {
    let stamp = world.stamp(now);
    let (answer, before, after) = world.tickets.edit(id, |row| {
        let before = Glance::of(row);
        let answer = edit(row);
        row.updated = rise(stamp, row.updated);
        let reached = |at: Ms| if at == EMPTY { now } else { at };
        row.response_breached = reached(row.responded) > row.respond_by;
        row.sla_breached = reached(row.closed) > row.fix_by;
        (answer, before, Glance::of(row))
    })?;
    world.news.ticket(id, now, before, after);
    Some(answer)
}

/// Who a contact's tickets are for; `None` when there is no such contact.
pub(crate) fn party(world: &World, user: i32) -> Option<Party> {
    let user = world.users.alive(user)?;
    let site = world.sites.alive(user.site)?;
    let client = world.clients.alive(site.client)?;
    let reported = words::reported(&user.first, &user.last);
    Some(Party { client: client.id, site: site.id, user: user.id, sla: client.sla, reported })
}

/// Logs a new ticket, project or opportunity with its first message.
pub(crate) fn create(world: &mut World, now: Ms, kind: Kind, party: &Party) -> i32 {
    let mut rng = Rng::new(world.seed, "draft", world.tickets.next_id().unsigned_abs());
    let draft = Draft::draw(kind, Origin::Person, &mut rng);
    log(world, now, draft, party)
}

/// Logs a new record of this draft with its first message.
pub(crate) fn log(world: &mut World, now: Ms, draft: Draft, party: &Party) -> i32 {
    let id = next(&world.tickets, crate::world::history::FIRST_TICKET);
    let mut rng = Rng::new(world.seed, "ticket", id.unsigned_abs().into());
    let ticket = lifecycle::arrive(world, id, draft, party, now, &mut rng);
    world.tickets.push(ticket);
    world.news.tell(Of::Ticket, What::Created, id, now);
    let outcome = if draft.tickettype == ids::ALERT { ids::NOTE } else { ids::CONTACT };
    act(world, now, id, Work { outcome, status: Some(ids::NEW), note: draft.logged(), ..Work::default() });
    id
}

/// Sets the status and what hangs on it.
pub(crate) fn set_status(row: &mut Ticket, status: i32, now: Ms) {
    row.status = status;
    row.on_hold = status == ids::ON_HOLD;
    match (status == ids::CLOSED, row.closed == EMPTY) {
        (true, true) => row.closed = now,
        (false, false) => row.closed = EMPTY,
        _ => {}
    }
}

/// Gives a ticket to an agent of a team; a second time counts as a re-assignment.
pub(crate) fn set_assignee(row: &mut Ticket, team: i32, agent: i32, now: Ms) {
    if row.agent != agent && row.assigned != EMPTY {
        row.reassigned = row.reassigned.saturating_add(1);
    }
    (row.team, row.agent, row.assigned) = (team, agent, now);
}

/// Sets SLA and priority, and the targets that follow from them.
pub(crate) fn set_priority(world: &mut World, now: Ms, id: i32, sla: i32, priority: u8) -> Option<()> {
    let occurred = world.tickets.get(id)?.occurred;
    let (respond_by, fix_by) = lifecycle::targets(world, sla, priority, occurred);
    change(world, now, id, |row| {
        (row.sla, row.priority, row.respond_by, row.fix_by) = (sla, priority, respond_by, fix_by);
    })
}

/// Gives a ticket another type: one of another use makes it a project, an opportunity or a ticket.
pub(crate) fn set_type(world: &mut World, now: Ms, id: i32, tickettype: i32) -> Option<Kind> {
    let kind = world.ticket_types.alive(tickettype)?.kind;
    change(world, now, id, |row| {
        row.tickettype = tickettype;
        if row.kind != kind {
            row.kind = kind;
            plan(row, now);
        }
        kind
    })
}

/// Fills in what a project or an opportunity needs and a ticket lacks.
fn plan(row: &mut Ticket, now: Ms) {
    let midnight = now.div_euclid(DAY) * DAY;
    if row.kind != Kind::Ticket && row.value == 0 {
        row.value = 250_000;
        row.target = midnight + 60 * DAY;
    }
    if row.kind == Kind::Project && row.estimate == 0 {
        row.estimate = 40 * 60;
        row.start = midnight + 14 * DAY;
    }
    if row.kind == Kind::Opportunity && row.probability == 0 {
        row.probability = 25;
    }
}

/// Hands a ticket to another contact, with that contact's site and client; targets stay.
pub(crate) fn move_to(world: &mut World, now: Ms, id: i32, party: &Party) -> Option<()> {
    change(world, now, id, |row| {
        (row.client, row.site, row.user) = (party.client, party.site, party.user);
        row.contract = contract_of(party.client);
    })
}

/// Makes a ticket the child of another, or of none with 0. Both parents are stamped: their counts change.
pub(crate) fn link(world: &mut World, now: Ms, child: i32, parent: i32) -> Option<()> {
    let former = world.tickets.alive(child)?.parent;
    if parent != 0 {
        let found = world.tickets.alive(parent)?;
        // One level deep only, as projects and their tasks are.
        if parent == child || found.parent != 0 || world.tickets.get(child)?.children > 0 {
            return None;
        }
    }
    change(world, now, child, |row| row.parent = parent)?;
    count_child(world, now, former, false);
    count_child(world, now, parent, true);
    Some(())
}

fn count_child(world: &mut World, now: Ms, parent: i32, more: bool) {
    if parent != 0 {
        change(world, now, parent, |row| {
            row.children = if more { row.children.saturating_add(1) } else { row.children.saturating_sub(1) };
        });
    }
}

/// Merges one ticket into another: it stays, closed, and names the other one.
pub(crate) fn merge(world: &mut World, now: Ms, from: i32, into: i32, agent: i32) -> Option<()> {
    let other = world.tickets.alive(into)?;
    if from == into || other.merged_into != 0 || world.tickets.alive(from)?.merged_into != 0 {
        return None;
    }
    let note = Text::Own(format!("Merged into {into:07}.").into());
    act(world, now, from, Work { outcome: ids::CLOSE, agent, status: Some(ids::CLOSED), note, ..Work::default() })?;
    change(world, now, from, |row| row.merged_into = into)?;
    let note = Text::Own(format!("{from:07} was merged into this.").into());
    act(world, now, into, Work { outcome: 7, agent, private: true, note, ..Work::default() })?;
    Some(())
}

/// Deletes softly: lists no longer show the ticket unless asked for deleted ones.
pub(crate) fn delete(world: &mut World, now: Ms, id: i32) -> Option<()> {
    let parent = world.tickets.alive(id)?.parent;
    change(world, now, id, |row| row.deleted = true)?;
    count_child(world, now, parent, false);
    Some(())
}

/// Undoes [`delete`].
pub(crate) fn restore(world: &mut World, now: Ms, id: i32) -> Option<()> {
    let row = world.tickets.get(id).filter(|row| row.deleted)?;
    let parent = row.parent;
    change(world, now, id, |row| row.deleted = false)?;
    count_child(world, now, parent, true);
    Some(())
}
