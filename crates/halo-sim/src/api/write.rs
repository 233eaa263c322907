//! Creates, updates and deletes, by clients of the API and by traps.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::Answer;
use super::catalog::{Served, Single};
use crate::answer;
use crate::entity::Depth;
use crate::entity::post::{self, PostError};
use crate::query::Query;
use crate::sim::Sim;
use crate::traps::Effects;
use crate::world::World;

/// `POST /{Entity}`: an element with an `id` updates, one without creates. One element is answered with an
/// object, several with an array. Elements before a refused one stay written.
pub(super) fn post(sim: &Sim, entity: &dyn Served, elements: &[Map<String, Value>], effects: &Effects) -> Answer {
    if elements.is_empty() {
        return Answer::Other(answer::model_state("", "A non-empty request body is required."));
    }
    let now = sim.clock.now();
    let mut world = sim.world_to_change(effects);
    world.news.by(effects.rights.agent);
    let mut written = Vec::new();
    for (place, element) in elements.iter().enumerate() {
        let query = of_element(element);
        if let Some(id) = element.get("id").map(shown)
            && let Some(refusal) = look(sim, &world, entity, &id, &query, effects)
        {
            return refusal;
        }
        let id = match post::post(&mut world, now, entity.path(), &Value::Object(element.clone())) {
            Ok(id) => id,
            Err(error) => return refused(error, place),
        };
        let mut out = Vec::new();
        let view = sim.view(&world, &query, effects, Depth::Single);
        match entity.single(&view, &id.to_string(), &mut out) {
            Single::Written => written.push(out),
            // The agent may write what it may not see.
            _ => written.push(json!({ "id": id }).to_string().into_bytes()),
        }
    }
    let body = match written.as_slice() {
        [one] => one.clone(),
        many => [b"[".as_slice(), &many.join(&b','), b"]"].concat(),
    };
    Answer::Json(StatusCode::CREATED, body)
}

/// `DELETE /{Entity}/{id}`.
pub(super) fn delete(sim: &Sim, entity: &dyn Served, id: &str, query: &Query, effects: &Effects) -> Answer {
    let mut world = sim.world_to_change(effects);
    if let Some(refusal) = look(sim, &world, entity, id, query, effects) {
        return refusal;
    }
    world.news.by(effects.rights.agent);
    let Ok(number) = id.parse() else { return Answer::Other(answer::bad_id(id)) };
    match post::delete(&mut world, sim.clock.now(), entity.path(), number, query.number("ticket_id")) {
        Ok(()) => Answer::status(StatusCode::OK),
        Err(error) => refused(error, 0),
    }
}

/// Why a record cannot be written by this agent, if it cannot.
fn look(sim: &Sim, world: &World, entity: &dyn Served, id: &str, query: &Query, effects: &Effects) -> Option<Answer> {
    match entity.single(&sim.view(world, query, effects, Depth::Single), id, &mut Vec::new()) {
        Single::Written => None,
        // A deleted ticket can be written to: that is how it is restored.
        Single::Missing => None,
        Single::Hidden => Some(Answer::status(StatusCode::FORBIDDEN)),
        Single::BadId => Some(Answer::Other(answer::bad_id(id))),
    }
}

/// What an element says of the record it hangs on, as the query of a look-up would.
fn of_element(element: &Map<String, Value>) -> Query {
    element.get("ticket_id").map_or_else(Query::default, |id| Query::parse(&format!("ticket_id={}", shown(id))))
}

/// Numbers come as texts too.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(super) fn refused(error: PostError, place: usize) -> Answer {
    Answer::Other(match error {
        PostError::NotFound => answer::empty(StatusCode::NOT_FOUND),
        PostError::Model { field, message } => answer::model_state(&format!("[{place}].{field}"), &message),
        PostError::Refused(sentence) => answer::exception(&sentence),
        PostError::Unsupported => {
            let sentence = "The simulator does not simulate writes of this kind of record.";
            answer::json_value(StatusCode::NOT_IMPLEMENTED, &json!({ "error": sentence }))
        }
    })
}

/// What a row that a trap adds is made of, for each kind that it can be added to.
fn filler(entity: &str) -> Option<Value> {
    match entity {
        "Tickets" => {
            Some(json!({ "summary": "Added by a trap", "details": "While a list was read.", "tickettype_id": 1 }))
        }
        "Projects" => Some(json!({ "summary": "Added by a trap", "tickettype_id": 20 })),
        "Opportunities" => Some(json!({ "summary": "Added by a trap", "tickettype_id": 21 })),
        "Client" => Some(json!({ "name": "Added by a trap" })),
        "Site" => Some(json!({ "name": "Added by a trap", "client_id": 12 })),
        "Users" => Some(json!({ "name": "Added Trap", "site_id": 18 })),
        "Invoice" => Some(json!({ "client_id": 12 })),
        _ => None,
    }
}

/// Plays the traps that change rows while a client reads page after page; `first` is the page's first row.
pub(super) fn after_page(sim: &Sim, entity: &dyn Served, first: Option<i64>, effects: &Effects) {
    let strike = |name| sim.traps().strike(name, entity.path()).is_some();
    let (deletes, inserts) = (strike("rows_deleted_while_reading"), strike("rows_inserted_while_reading"));
    if !deletes && !inserts {
        return;
    }
    let now = sim.clock.now();
    let mut world = sim.world_to_change(effects);
    let deleted = deletes && first.is_some_and(|id| post::delete(&mut world, now, entity.path(), id, None).is_ok());
    let inserted = inserts
        && filler(entity.path()).is_some_and(|element| post::post(&mut world, now, entity.path(), &element).is_ok());
    drop(world);
    for (name, done) in [("rows_deleted_while_reading", deleted), ("rows_inserted_while_reading", inserted)] {
        if done {
            sim.ledger().count_trap(name);
        }
    }
}
