//! From what happened to what is sent: notifications are matched, traps play, deliveries are queued.

use std::sync::Arc;

use axum::body::Bytes;

use super::Book;
use super::delivery::{Delivery, Fate};
use super::payload::{self, Letter, Payload};
use super::queue::{Batch, Job};
use super::record::{self, Record};
use crate::clock::Micros;
use crate::entity::{Depth, View};
use crate::query::Query;
use crate::rights::Rights;
use crate::rng;
use crate::sim::Sim;
use crate::traps::{Effects, Strike, Traps};
use crate::world::World;
use crate::world::events::{CATALOGUE, Event, What};
use crate::world::news::News;

/// How long a call waits for the next one after which it is to be sent.
const HELD: Micros = 60_000_000;

/// Makes a delivery of each event for each notification that asks for it; tells how many.
///
/// What a webhook sends does not depend on the rights of the agent behind the token; the spelling traps bend it.
pub(crate) fn announce(sim: &Sim, world: &World, news: &[News]) -> usize {
    let mut effects = Effects { rights: Rights::default(), ..sim.traps().effects() };
    effects.style.drift = true;
    let query = Query::default();
    let view = sim.view(world, &query, &effects, Depth::Single);
    let (placed, struck) = {
        let mut book = sim.outbox.book();
        let mut traps = sim.traps();
        let mut desk =
            Desk { view: &view, book: &mut book, traps: &mut traps, now: sim.clock.micros(), struck: Vec::new() };
        (news.iter().map(|news| desk.occurred(news)).sum::<usize>(), desk.struck)
    };
    let mut ledger = sim.ledger();
    for name in struck {
        ledger.count_trap(name);
    }
    drop(ledger);
    if placed > 0 {
        sim.outbox.wake();
    }
    placed
}

/// What is at hand while deliveries are made.
struct Desk<'a, 'w> {
    view: &'a View<'w>,
    book: &'a mut Book,
    traps: &'a mut Traps,
    now: Micros,
    struck: Vec<&'static str>,
}

/// A notification that an event matched.
#[derive(Clone)]
struct Match {
    notification: i32,
    hook: Arc<str>,
    event: &'static Event,
    news: News,
    /// Made up by a trap, for a record that is gone.
    gone: bool,
}

/// What the traps make of one delivery.
#[derive(Default)]
struct Plan {
    lost: bool,
    twice: bool,
    /// Microseconds.
    late: Option<Micros>,
    reordered: bool,
    batch: Option<Batch>,
    bare: bool,
    gone: bool,
    hit: Vec<&'static str>,
}

impl Desk<'_, '_> {
    fn occurred(&mut self, news: &News) -> usize {
        let events = CATALOGUE.iter().filter(|event| event.of == news.of && event.what == news.what);
        events.map(|event| self.notify(event, news)).sum()
    }

    /// Delivers to all who asked for this event.
    fn notify(&mut self, event: &'static Event, news: &News) -> usize {
        let record = Record::find(self.view.world, news.of, news.id, news.action);
        let asked = self.book.notifications.iter().filter(|one| one.event == event && one.calls());
        let met = asked.filter(|one| one.conditions.iter().all(|condition| condition.met(self.view, &record)));
        let met: Vec<Match> = met
            .map(|one| Match { notification: one.id, hook: Arc::clone(&one.hook), event, news: *news, gone: false })
            .collect();
        for one in &met {
            if self.place(one).is_some_and(|plan| plan.gone) {
                let id = record::gone(self.view.world, news.of);
                self.place(&Match { news: News { id, action: 0, ..*news }, gone: true, ..one.clone() });
            }
        }
        met.len()
    }

    /// Makes one delivery; `None` when its webhook does not send.
    fn place(&mut self, one: &Match) -> Option<Plan> {
        let hook = self.book.hook(&one.hook)?;
        let (active, payload) = (hook.active(), hook.payload());
        let plan = match (active, one.gone) {
            (true, false) => self.plan(one.event),
            (true, true) => Plan { hit: vec!["webhook_gone"], ..Plan::default() },
            (false, _) => Plan::default(),
        };
        let fate = match (active, plan.lost) {
            (false, _) => Fate::Disabled,
            (true, true) => Fate::Dropped,
            (true, false) => Fate::Queued,
        };
        let number = self.book.deliveries.len();
        let delivery = self.delivery(number, one, &plan, fate, payload);
        self.book.keep(delivery);
        self.struck.extend(&plan.hit);
        if fate == Fate::Queued {
            self.queue(number, one, &plan);
        }
        self.wear_out(&one.hook);
        active.then_some(plan)
    }

    fn delivery(&self, number: usize, one: &Match, plan: &Plan, fate: Fate, payload: Payload) -> Delivery {
        let Match { notification, ref hook, event, ref news, .. } = *one;
        let id = rng::guid(self.view.world.seed, "delivery", i64::try_from(number).unwrap_or_default());
        let letter = Letter { id: &id, hook, notification, event, news, number: number as u64 };
        let body = match fate {
            Fate::Queued if plan.bare => payload::write(self.view, &letter, Payload::Event).into(),
            Fate::Queued => payload::write(self.view, &letter, payload).into(),
            _ => Bytes::new(),
        };
        Delivery {
            hook: Arc::clone(hook),
            notification,
            event,
            object: news.id,
            action: news.action,
            occurred: news.at.saturating_mul(1_000),
            fate,
            delayed_until: plan.late.map(|late| self.now + late),
            traps: plan.hit.clone(),
            statuses: Vec::new(),
            accepted: None,
            body,
            last: None,
            id,
        }
    }

    /// Asks each trap whether it hits this delivery. Of one that is lost nothing else can be spoilt.
    fn plan(&mut self, event: &Event) -> Plan {
        let mut hit = Vec::new();
        let mut strike = |name: &'static str| -> Option<Strike> {
            let strike = self.traps.strike(name, event.name)?;
            hit.push(name);
            Some(strike)
        };
        let micros = |strike: &Strike| strike.settings.whole("seconds") * 1_000_000;
        let mut plan = Plan { lost: strike("webhook_lost").is_some(), ..Plan::default() };
        if !plan.lost {
            plan.twice = strike("webhook_twice").is_some();
            plan.late = strike("webhook_late").as_ref().map(micros);
            plan.reordered = strike("webhook_reordered").is_some();
            plan.batch = strike("webhook_batched").map(|strike| Batch {
                method: 3,
                wait: micros(&strike),
                limit: usize::try_from(strike.settings.whole("limit")).unwrap_or(1),
            });
            plan.bare = strike("webhook_bare").is_some();
            plan.gone = event.what != What::Deleted && strike("webhook_gone").is_some();
        }
        hit.retain(|name| *name != "webhook_gone");
        plan.hit = hit;
        plan
    }

    fn queue(&mut self, number: usize, one: &Match, plan: &Plan) {
        let due = self.now + plan.late.unwrap_or(0);
        let Some(hook) = self.book.hook_mut(&one.hook) else { return };
        for _ in 0..=usize::from(plan.twice) {
            match plan.batch.clone().or_else(|| hook.batch()) {
                Some(batch) => hook.collect(due, number, one.event, &batch),
                None if plan.reordered => hook.hold(due + HELD, Job::of(number)),
                None => {
                    hook.put(due, Job::of(number));
                }
            }
        }
        if !plan.reordered {
            hook.release(due);
        }
    }

    /// Plays the trap that switches a webhook off by itself; what waits is still sent.
    fn wear_out(&mut self, id: &str) {
        let worn = self.traps.settings("webhook_disabled", "").map(|settings| settings.whole("deliveries"));
        let Some(hook) = self.book.hook_mut(id) else { return };
        hook.placed += 1;
        if worn.is_some_and(|worn| hook.active() && hook.placed >= worn) {
            self.book.switch_off(id, self.now);
            self.struck.push("webhook_disabled");
        }
    }
}
