//! A ticket, project or opportunity at its arrival. What happens to it later is up to [`super::desk`].

use super::World;
use super::reference::{contract_of, ids};
use super::rows::{Kind, Text, Ticket};
use super::words;
use crate::rng::Rng;
use crate::times::{DAY, EMPTY, HOUR, Ms};

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

/// What a new ticket is, before it is known whose it is.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    pub(crate) kind: Kind,
    pub(crate) tickettype: i32,
    pub(crate) priority: u8,
    /// Index into [`words::TOPICS`].
    pub(crate) topic: usize,
    pub(crate) source: u8,
}

/// By whom a ticket is raised.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Person,
    Monitoring,
    /// Many people at once.
    Outage,
}

/// Sources of tickets, as in lookup list 22.
const PORTAL: u8 = 1;
const PHONE: u8 = 2;
const EMAIL: u8 = 4;
const MONITORING: u8 = 5;

impl Draft {
    pub(crate) fn draw(kind: Kind, origin: Origin, rng: &mut Rng) -> Self {
        let alerts = words::TICKET_TOPICS - words::HUMAN_TOPICS;
        let (tickettype, priority, topic, source) = match (kind, origin) {
            (Kind::Project, _) => (ids::PROJECT, 4, words::TICKET_TOPICS, EMAIL),
            (Kind::Opportunity, _) => (ids::OPPORTUNITY, 4, words::TICKET_TOPICS + 1, PHONE),
            (Kind::Ticket, Origin::Monitoring) => {
                let topic = words::HUMAN_TOPICS + rng.index(alerts);
                (ids::ALERT, [4, 3, 2, 1][rng.weighted(&[42, 40, 15, 3])], topic, MONITORING)
            }
            (Kind::Ticket, Origin::Outage) => {
                let priority = [2, 3, 1][rng.weighted(&[45, 45, 10])];
                (ids::INCIDENT, priority, rng.index(words::HUMAN_TOPICS), [PHONE, EMAIL][rng.index(2)])
            }
            (Kind::Ticket, Origin::Person) => {
                let types = [ids::INCIDENT, ids::REQUEST, ids::CHANGE, ids::INTERNAL];
                let tickettype = types[rng.weighted(&[57, 36, 4, 3])];
                let incident = tickettype == ids::INCIDENT;
                let weights: &[u32] = if incident { &[64, 18, 15, 3] } else { &[52, 44, 4, 0] };
                let priority = [3, 4, 2, 1][rng.weighted(weights)];
                let source = [EMAIL, PHONE, PORTAL][rng.weighted(&[56, 26, 18])];
                (tickettype, priority, rng.index(words::HUMAN_TOPICS), source)
            }
        };
        Self { kind, tickettype, priority, topic, source }
    }

    /// What the first note says of the source, see [`words::note_phrase`].
    pub(crate) fn logged(self) -> Text {
        let place = match self.source {
            PORTAL => 1,
            PHONE => 2,
            MONITORING => 3,
            _ => 0,
        };
        words::note_phrase(words::NoteKind::Logged, place)
    }
}

/// A new ticket-shaped record with its targets, before anything happened to it.
pub(crate) fn arrive(world: &World, id: i32, draft: Draft, party: &Party, at: Ms, rng: &mut Rng) -> Ticket {
    let Draft { kind, tickettype, priority, topic, source } = draft;
    let (respond_by, fix_by) = targets(world, party.sla, priority, at);
    // A project is sold by the hour, in steps of four.
    let estimate = if kind == Kind::Project { [8, 12, 16, 24, 32, 40, 60, 80][rng.index(8)] * 60 } else { 0 };
    let value = match kind {
        Kind::Ticket => 0,
        Kind::Project => i64::from(estimate) / 60 * 11_000,
        Kind::Opportunity => rng.between(4, 40) * rng.between(4, 100) * 1_000,
    };
    let midnight = at.div_euclid(DAY) * DAY;
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
        source,
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
        estimate,
        value,
        probability: if kind == Kind::Opportunity { 10 } else { 0 },
        summary: words::phrase(topic, rng.next()),
        details: words::phrase(topic, rng.next()),
        reported: party.reported.clone(),
        occurred: at,
        created: at,
        updated: at,
        last_action: at,
        responded: EMPTY,
        respond_by,
        fix_by,
        closed: EMPTY,
        assigned: EMPTY,
        start: if kind == Kind::Project { midnight + 14 * DAY } else { EMPTY },
        target: if kind == Kind::Ticket { EMPTY } else { midnight + rng.between(40, 160) * DAY },
        actions: Vec::with_capacity(4),
    }
}

/// When a ticket must be answered and fixed, counted in working time from its arrival.
pub(crate) fn targets(world: &World, sla: i32, priority: u8, at: Ms) -> (Ms, Ms) {
    let target = world.priorities.live().find(|row| row.sla == sla && row.number == priority);
    let (respond, fix) = target.map_or((8, 40), |row| (row.respond_hours, row.fix_hours));
    (world.calendar.add(at, Ms::from(respond) * HOUR), world.calendar.add(at, Ms::from(fix) * HOUR))
}
