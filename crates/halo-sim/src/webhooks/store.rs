//! Webhooks and notifications as they are made, changed and removed, by the API and by the pages alike.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::http::Uri;
use serde_json::{Map, Value};

use super::condition::Condition;
use super::delivery::Delivery;
use super::fields::{Record, whole};
use super::hook::{self, Hook};
use super::notification::{self, Notification};
use super::{Book, send};
use crate::entity::post::PostError;
use crate::rng;
use crate::sim::Sim;
use crate::world::events;

/// What HaloPSA says of a name that is taken, seen of runbooks (S7).
const NOT_UNIQUE: &str = "Name must be unique";

/// Creates a webhook, or changes the one that the element names by `id`; answers with its id.
///
/// # Errors
/// When there is no such webhook, a name or address is missing, or the name is taken.
pub(crate) fn save_webhook(sim: &Arc<Sim>, element: &Map<String, Value>) -> Result<Arc<str>, PostError> {
    // What happened before is nobody's business.
    sim.catch_up();
    let id = sim.outbox.book().save(sim.options.seed, element)?;
    sim.outbox.open.store(true, Ordering::Release);
    send::tend(sim);
    Ok(id)
}

/// Removes a webhook with its notifications; false when there is none.
pub(crate) fn delete_webhook(sim: &Sim, id: &str) -> bool {
    let mut book = sim.outbox.book();
    let Some(id) = book.hook(id).map(|hook| Arc::clone(&hook.id)) else { return false };
    book.drain(&id);
    book.notifications.retain(|one| one.hook != id);
    book.hooks.retain(|hook| hook.id != id);
    sim.outbox.open.store(!book.hooks.is_empty(), Ordering::Release);
    true
}

/// Creates a notification, or changes the one that the element names by `id` or `guid`: so a copied `guid` moves
/// that notification to another webhook. Answers with its id.
///
/// # Errors
/// When there is no such notification, webhook or event.
pub(crate) fn save_notification(sim: &Sim, element: &Map<String, Value>) -> Result<i32, PostError> {
    sim.outbox.book().save_notification(sim.options.seed, element)
}

/// Removes a notification; false when there is none.
pub(crate) fn delete_notification(sim: &Sim, id: i32) -> bool {
    let mut book = sim.outbox.book();
    let before = book.notifications.len();
    book.notifications.retain(|one| one.id != id);
    book.notifications.len() < before
}

/// Events that a webhook is to tell of and never did, each once.
pub(crate) fn awaited(sim: &Sim) -> Vec<&'static events::Event> {
    let book = sim.outbox.book();
    let mut awaited: Vec<&'static events::Event> = Vec::new();
    for one in book.notifications.iter().filter(|one| one.calls()) {
        let is_told = book.deliveries.iter().any(|told| told.notification == one.id && told.event == one.event);
        if !is_told && !awaited.contains(&one.event) {
            awaited.push(one.event);
        }
    }
    awaited
}

/// All webhooks, or the one of this id, as the API shows them.
pub(crate) fn webhooks(sim: &Sim, id: Option<&str>) -> Vec<Value> {
    let book = sim.outbox.book();
    let wanted = book.hooks.iter().filter(|hook| id.is_none_or(|id| hook.id.eq_ignore_ascii_case(id)));
    wanted.map(|hook| hook.shown(book.notifications_of(&hook.id).map(Notification::shown).collect()).into()).collect()
}

/// All notifications, or those of this number or webhook, as the API shows them.
pub(crate) fn notifications(sim: &Sim, id: Option<i32>, hook: Option<&str>) -> Vec<Value> {
    let book = sim.outbox.book();
    let wanted = book.notifications.iter().filter(|one| id.is_none_or(|id| one.id == id));
    let wanted = wanted.filter(|one| hook.is_none_or(|hook| one.hook.eq_ignore_ascii_case(hook)));
    wanted.map(Notification::shown).collect()
}

/// The delivery log, newest first: the rows that are asked for, and how many there are in all.
pub(crate) fn log(sim: &Sim, hook: Option<&str>, id: Option<&str>, skip: usize, take: usize) -> (Vec<Value>, usize) {
    log_as(sim, hook, id, (skip, take), Delivery::log)
}

/// The same with what `show` makes of each delivery.
pub(super) fn log_as<T>(
    sim: &Sim,
    hook: Option<&str>,
    id: Option<&str>,
    (skip, take): (usize, usize),
    show: impl Fn(&Delivery) -> T,
) -> (Vec<T>, usize) {
    let book = sim.outbox.book();
    let wanted = || {
        let rows = book.deliveries.iter().rev().filter(|one| one.logged());
        let rows = rows.filter(move |one| hook.is_none_or(|hook| one.hook.eq_ignore_ascii_case(hook)));
        rows.filter(move |one| id.is_none_or(|id| one.id.eq_ignore_ascii_case(id)))
    };
    (wanted().skip(skip).take(take).map(show).collect(), wanted().count())
}

/// Whether an address can be called.
pub(crate) fn is_address(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
}

impl Book {
    /// Whether another webhook than `id` has this name.
    pub(super) fn is_taken(&self, name: &str, id: Option<&str>) -> bool {
        let others = self.hooks.iter().filter(|hook| id.is_none_or(|id| !hook.id.eq_ignore_ascii_case(id)));
        others.map(Hook::name).any(|other| other.trim().eq_ignore_ascii_case(name.trim()))
    }

    fn save(&mut self, seed: u64, element: &Map<String, Value>) -> Result<Arc<str>, PostError> {
        let id = element.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
        let before = match id {
            Some(id) => self.hook(id).ok_or(PostError::NotFound)?.record.clone(),
            None => Record::new(hook::FIELDS),
        };
        let mut record = before.with(hook::FIELDS, element)?;
        let (name, url) = (record.text("name"), record.text("url"));
        if name.trim().is_empty() {
            return Err(PostError::Refused("Name is required".into()));
        }
        if self.is_taken(name, id) {
            return Err(PostError::Refused(NOT_UNIQUE.into()));
        }
        if record.whole("type") == 0 && !is_address(url) {
            return Err(PostError::Refused("URL must be an address that begins with http:// or https://".into()));
        }
        let (was, is) = (before.flag("active"), record.flag("active"));
        if is {
            record.set("disabled", false);
        }
        let Some(id) = id.map(str::to_owned) else {
            self.hooks_made += 1;
            let hook = Hook::new(rng::guid(seed, "webhook", self.hooks_made), record);
            let id = Arc::clone(&hook.id);
            self.hooks.push(hook);
            return Ok(id);
        };
        if was && !is {
            self.drain(&id);
        }
        let hook = self.hook_mut(&id).ok_or(PostError::NotFound)?;
        hook.record = record;
        if is && !was {
            (hook.failures, hook.placed) = (0, 0);
        }
        Ok(Arc::clone(&hook.id))
    }

    fn save_notification(&mut self, seed: u64, element: &Map<String, Value>) -> Result<i32, PostError> {
        let number = element.get("id").and_then(whole).filter(|id| *id > 0);
        let guid = element.get("guid").and_then(Value::as_str).filter(|guid| !guid.is_empty());
        let found = self.notifications.iter().position(|one| {
            number.is_some_and(|number| i64::from(one.id) == number)
                || guid.is_some_and(|guid| one.guid.eq_ignore_ascii_case(guid))
        });
        if number.is_some() && found.is_none() {
            return Err(PostError::NotFound);
        }
        let before = found.map(|place| self.notifications[place].clone());
        let hook = match element.get("webhook_id").and_then(Value::as_str) {
            Some(id) => self.hook(id).map(|hook| Arc::clone(&hook.id)),
            None => before.as_ref().map(|before| Arc::clone(&before.hook)),
        };
        let event = match element.get("eventno") {
            Some(no) => whole(no).and_then(events::numbered),
            None => before.as_ref().map(|before| before.event),
        };
        let hook = hook.ok_or_else(|| PostError::Refused("webhook_id does not exist".into()))?;
        let event = event.ok_or_else(|| PostError::Refused("eventno does not exist".into()))?;
        let record = before.as_ref().map_or_else(|| Record::new(notification::FIELDS), |before| before.record.clone());
        let record = record.with(notification::FIELDS, element)?;
        let conditions = match (&before, element.get("conditions")) {
            (Some(before), None) => before.conditions.clone(),
            (_, given) => Condition::read(given),
        };
        let Some(place) = found else {
            self.notifications_made += 1;
            let id = self.notifications_made;
            let guid = rng::guid(seed, "notification", id.into());
            self.notifications.push(Notification { id, guid, hook, event, record, conditions });
            return Ok(id);
        };
        let one = &mut self.notifications[place];
        (one.hook, one.event, one.record, one.conditions) = (hook, event, record, conditions);
        Ok(one.id)
    }
}
