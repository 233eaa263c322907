//! What tests ask of webhooks: the truth about deliveries, waiting for them, and load.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use futures_util::stream;
use serde_json::{Map, Value, json};

use super::announce::announce;
use super::record::latest;
use super::send;
use crate::sim::Sim;
use crate::world::World;
use crate::world::events::{self, Event, Of, What};
use crate::world::news::News;
use crate::world::ops::{invoice, party, ticket};

/// Lines sent in one piece.
const LINES: usize = 1_000;
/// The most deliveries that are asked for at once.
const MOST: u64 = 1_000_000;

/// Every delivery, one a line, in the order in which their events occurred.
pub(crate) fn deliveries(sim: &Arc<Sim>) -> Response {
    let pieces = stream::unfold((Arc::clone(sim), 0), |(sim, from)| async move {
        let piece = lines(&sim, from)?;
        Some((Ok::<_, std::convert::Infallible>(piece), (sim, from + LINES)))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
}

fn lines(sim: &Sim, from: usize) -> Option<Bytes> {
    let book = sim.outbox.book();
    let rows = book.deliveries.get(from..).filter(|rows| !rows.is_empty())?;
    Some(rows.iter().take(LINES).map(|row| format!("{}\n", row.truth())).collect::<String>().into())
}

/// How many deliveries there are of each fate.
pub(crate) fn counts(sim: &Sim) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for delivery in &sim.outbox.book().deliveries {
        *counts.entry(delivery.fate.word()).or_default() += 1;
    }
    counts
}

/// Waits until all is sent that is due at the present time.
///
/// # Errors
/// When that takes more than a minute.
pub(crate) async fn flush(sim: &Sim) -> Result<Value, String> {
    sim.catch_up();
    if send::settle(sim).await {
        Ok(json!({ "deliveries": counts(sim) }))
    } else {
        Err("Deliveries were still due after a minute.".into())
    }
}

/// Lets an event occur `count` times: of the record `id`, or else of the latest records, one after the other. The
/// records stay as they are, unless `change` is true: then they are stamped, and raise what a change raises.
///
/// # Errors
/// A sentence that names what is wrong.
pub(crate) async fn fire(sim: &Arc<Sim>, asked: Map<String, Value>) -> Result<Value, String> {
    let sim = Arc::clone(sim);
    let fired = tokio::task::spawn_blocking(move || fire_now(&sim, &asked));
    fired.await.map_err(|_| "The simulator failed.".to_owned())?
}

fn fire_now(sim: &Sim, asked: &Map<String, Value>) -> Result<Value, String> {
    let name = asked.get("event").and_then(Value::as_str).ok_or("`event` must be the name of an event.")?;
    let event = events::named(name)
        .ok_or_else(|| format!("There is no event `{name}`; GET /Lookup?lookupid=64 lists them."))?;
    if event.what == What::Never {
        return Err(format!("The simulator never raises `{name}`."));
    }
    let count = asked.get("count").map_or(Some(1), Value::as_u64).filter(|count| *count <= MOST);
    let count = count.ok_or_else(|| format!("`count` must be a whole number up to {MOST}."))?;
    let id = match asked.get("id") {
        None | Some(Value::Null) => None,
        Some(id) => Some(id.as_i64().and_then(|id| i32::try_from(id).ok()).ok_or("`id` must be a whole number.")?),
    };
    let change = asked.get("change").and_then(Value::as_bool).unwrap_or(false);
    let ids = ids(sim, event, id, usize::try_from(count).unwrap_or(usize::MAX));
    let before = sim.outbox.book().deliveries.len();
    if change {
        touch(sim, event.of, &ids)?;
    } else {
        tell(sim, event, &ids);
    }
    let after = sim.outbox.book().deliveries.len();
    Ok(json!({ "occurrences": ids.len(), "deliveries": after - before }))
}

fn ids(sim: &Sim, event: &Event, id: Option<i32>, count: usize) -> Vec<i32> {
    match id {
        Some(id) => vec![id; count],
        None => latest(&sim.world(), event.of, count),
    }
}

/// Announces the event in portions that do not hold up changes.
fn tell(sim: &Sim, event: &Event, ids: &[i32]) {
    for portion in ids.chunks(LINES) {
        let world = sim.world();
        let at = sim.clock.now();
        let news = |id: &i32| {
            let action = if event.of == Of::Action { last_action(&world, *id) } else { 0 };
            News { of: event.of, what: event.what, id: *id, action, agent: 0, at }
        };
        let news: Vec<News> = portion.iter().map(news).collect();
        announce(sim, &world, &news);
    }
}

fn last_action(world: &World, ticket: i32) -> u16 {
    let last = world.tickets.get(ticket).and_then(|row| row.live_actions().next_back());
    last.map_or(0, |action| action.id)
}

fn touch(sim: &Sim, of: Of, ids: &[i32]) -> Result<(), String> {
    let effects = sim.traps().effects();
    for id in ids {
        let (mut world, now) = (sim.world_to_change(&effects), sim.clock.now());
        let (world, id) = (&mut *world, *id);
        match of {
            Of::Ticket => ticket::change(world, now, id, |_| ()),
            Of::Client => party::change_client(world, now, id, |_| ()),
            Of::Site => party::change_site(world, now, id, |_| ()),
            Of::User => party::change_user(world, now, id, |_| ()),
            Of::Invoice => invoice::change(world, now, id, |_| Some(Vec::new())),
            Of::Action | Of::Other => return Err("Only tickets, clients, sites, users and invoices change.".into()),
        };
    }
    Ok(())
}
