//! POST of tickets, projects and opportunities, and of actions on them.

use serde_json::Value;

use super::member::{PostError, flag, id, int, num, scaled, set, text, time};
use crate::times::Ms;
use crate::world::World;
use crate::world::lifecycle::Party;
use crate::world::ops::ticket as ops;
use crate::world::ops::work::{self, Work};
use crate::world::reference::ids;
use crate::world::rows::{Kind, Text, Ticket};
use crate::world::words;

/// The members that name other records, checked against the world.
struct Links {
    tickettype: Option<i32>,
    party: Option<Party>,
    status: Option<i32>,
    /// Team and agent.
    team: Option<i32>,
    agent: Option<i32>,
    sla: Option<i32>,
    priority: Option<u8>,
    parent: Option<i32>,
}

/// The members that are plain values.
struct Plain {
    summary: Option<Text>,
    details: Option<Text>,
    reported: Option<Text>,
    impact: Option<u8>,
    urgency: Option<u8>,
    flagged: Option<bool>,
    estimate: Option<i32>,
    occurred: Option<Ms>,
    category_1: Option<i32>,
    category_2: Option<i32>,
}

pub(super) fn ticket(world: &mut World, now: Ms, element: &Value, kind: Kind) -> Result<i32, PostError> {
    let (id, recover) = (id(element)?, flag(element, "_recover")?.unwrap_or(false));
    if let Some(id) = id {
        world.tickets.get(id).filter(|row| !row.deleted || recover).ok_or(PostError::NotFound)?;
    }
    let (plain, links) = (plain(element)?, links(world, element)?);
    let ticket = match id {
        Some(id) => {
            ops::restore(world, now, id);
            if let Some(party) = &links.party {
                ops::move_to(world, now, id, party);
            }
            id
        }
        None => {
            let kind = links.tickettype.and_then(|id| world.ticket_types.get(id)).map_or(kind, |row| row.kind);
            ops::create(world, now, kind, links.party.as_ref().unwrap_or(&unknown()))
        }
    };
    apply(world, now, ticket, plain, &links)?;
    Ok(ticket)
}

fn apply(world: &mut World, now: Ms, ticket: i32, plain: Plain, links: &Links) -> Result<(), PostError> {
    let dated = plain.occurred.is_some();
    ops::change(world, now, ticket, |row| {
        fill(row, plain);
        if let Some(status) = links.status {
            ops::set_status(row, status, now);
        }
        if links.team.is_some() || links.agent.is_some() {
            let (team, agent) = (links.team.unwrap_or(row.team), links.agent.unwrap_or(row.agent));
            ops::set_assignee(row, team, agent, now);
        }
    });
    if let Some(tickettype) = links.tickettype {
        ops::set_type(world, now, ticket, tickettype);
    }
    let row = world.tickets.get(ticket).ok_or(PostError::NotFound)?;
    let (sla, priority) = (links.sla.unwrap_or(row.sla), links.priority.unwrap_or(row.priority));
    if dated || (sla, priority) != (row.sla, row.priority) {
        ops::set_priority(world, now, ticket, sla, priority);
    }
    match links.parent {
        Some(parent) => ops::link(world, now, ticket, parent)
            .ok_or_else(|| PostError::Refused("The ticket cannot be a child of that ticket.".into())),
        None => Ok(()),
    }
}

fn fill(row: &mut Ticket, plain: Plain) {
    set(&mut row.summary, plain.summary);
    set(&mut row.details, plain.details);
    set(&mut row.reported, plain.reported);
    set(&mut row.impact, plain.impact);
    set(&mut row.urgency, plain.urgency);
    set(&mut row.flagged, plain.flagged);
    set(&mut row.estimate, plain.estimate);
    set(&mut row.occurred, plain.occurred);
    set(&mut row.category_1, plain.category_1);
    set(&mut row.category_2, plain.category_2);
}

fn plain(element: &Value) -> Result<Plain, PostError> {
    let own = |name| -> Result<_, PostError> { Ok(text(element, name)?.map(|text| Text::Own(text.into()))) };
    let grade = |name| -> Result<_, PostError> { Ok(int(element, name)?.and_then(|grade| u8::try_from(grade).ok())) };
    let estimate = num(element, "estimate")?.map(|hours| scaled("estimate", hours, 60.0, 10_000.0)).transpose()?;
    Ok(Plain {
        summary: own("summary")?,
        details: own("details")?,
        reported: own("reportedby")?,
        impact: grade("impact")?,
        urgency: grade("urgency")?,
        flagged: flag(element, "flagged")?,
        estimate: estimate.map(|minutes| i32::try_from(minutes).unwrap_or_default()),
        occurred: time(element, "dateoccurred")?,
        category_1: int(element, "categoryid_1")?,
        category_2: int(element, "categoryid_2")?,
    })
}

fn links(world: &World, element: &Value) -> Result<Links, PostError> {
    let known = |name: &str, there: fn(&World, i32) -> bool| match int(element, name)? {
        Some(id) if !there(world, id) => Err(PostError::Refused(format!("{name} {id} does not exist."))),
        id => Ok(id),
    };
    let named = text(element, "team")?;
    let team = named.and_then(|name| world.teams.live().find(|team| *team.name == *name)).map(|team| team.id);
    Ok(Links {
        tickettype: known("tickettype_id", |world, id| world.ticket_types.alive(id).is_some())?,
        party: party(world, element)?,
        status: known("status_id", |world, id| world.statuses.alive(id).is_some())?,
        team: known("team_id", |world, id| world.teams.alive(id).is_some())?.or(team),
        agent: known("agent_id", |world, id| world.agents.alive(id).is_some())?,
        sla: known("sla_id", |world, id| world.slas.alive(id).is_some())?,
        priority: known("priority_id", |world, id| world.priorities.live().any(|row| i32::from(row.number) == id))?
            .and_then(|number| u8::try_from(number).ok()),
        parent: known("parent_id", |world, id| id == 0 || world.tickets.alive(id).is_some())?,
    })
}

/// The contact named by an element; without one the client's main site and the general user.
fn party(world: &World, element: &Value) -> Result<Option<Party>, PostError> {
    let missing = |name: &str| PostError::Refused(format!("{name} does not exist."));
    if let Some(user) = int(element, "user_id")?.filter(|user| *user > 1) {
        return ops::party(world, user).map(Some).ok_or_else(|| missing("user_id"));
    }
    let site = match (int(element, "site_id")?, int(element, "client_id")?) {
        (Some(site), _) => world.sites.alive(site).ok_or_else(|| missing("site_id"))?,
        (None, Some(client)) => {
            let client = world.clients.alive(client).ok_or_else(|| missing("client_id"))?;
            world.sites.alive(client.main_site).ok_or_else(|| missing("client_id"))?
        }
        (None, None) => return Ok(None),
    };
    let sla = world.clients.alive(site.client).map_or(1, |client| client.sla);
    Ok(Some(Party { client: site.client, site: site.id, sla, ..unknown() }))
}

fn unknown() -> Party {
    Party { client: ids::UNKNOWN_CLIENT, site: 1, user: 1, sla: 1, reported: words::reported("General", "User") }
}

/// An action; with an `id` its note and time are corrected.
pub(super) fn action(world: &mut World, now: Ms, element: &Value) -> Result<i32, PostError> {
    let ticket = int(element, "ticket_id")?.ok_or_else(|| PostError::Refused("ticket_id is required.".into()))?;
    world.tickets.alive(ticket).ok_or(PostError::NotFound)?;
    let note = text(element, "note")?.map(|note| Text::Own(note.into()));
    let minutes = num(element, "timetaken")?.map(|hours| scaled("timetaken", hours, 60.0, 1_000.0)).transpose()?;
    let minutes = minutes.map(|minutes| u16::try_from(minutes).unwrap_or(u16::MAX));
    let (private, billable) = (flag(element, "hiddenfromuser")?, flag(element, "actisbillable")?);
    let outcome = outcome(world, element)?;
    let status = int(element, "new_status")?.filter(|status| world.statuses.alive(*status).is_some());
    let agent = int(element, "actionby_agent_id")?.or(int(element, "who_agentid")?);
    let agent = agent.filter(|agent| world.agents.alive(*agent).is_some()).unwrap_or(ids::API_AGENT);
    if let Some(number) = id(element)? {
        let number = u16::try_from(number).map_err(|_| PostError::NotFound)?;
        let edited = work::edit(world, now, ticket, number, |row| {
            set(&mut row.note, note);
            set(&mut row.minutes, minutes);
            set(&mut row.private, private);
            set(&mut row.billable, billable);
        });
        return edited.map(|()| number.into()).ok_or(PostError::NotFound);
    }
    let work = Work {
        outcome: outcome.unwrap_or(7),
        agent,
        minutes: minutes.unwrap_or(0),
        late: 0,
        billable: billable.unwrap_or(false),
        private: private.unwrap_or(false),
        status,
        note: note.unwrap_or(Text::Own("".into())),
    };
    work::act(world, now, ticket, work).map(i32::from).ok_or(PostError::NotFound)
}

/// By number, or by name.
fn outcome(world: &World, element: &Value) -> Result<Option<i16>, PostError> {
    if let Some(id) = int(element, "outcome_id")? {
        return Ok(i16::try_from(id).ok());
    }
    let named = text(element, "outcome")?;
    let row = named.and_then(|name| world.outcomes.live().find(|row| row.name.eq_ignore_ascii_case(name)));
    Ok(row.and_then(|row| i16::try_from(row.id).ok()))
}
