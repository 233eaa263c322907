//! `/Webhook`, `/Notification` and `/WebhookEvent`. Behind the same limit, token, traps and rights as all lists.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::write::refused;
use super::{Answer, Asked, body, not_allowed, permit};
use crate::answer;
use crate::entity::post::PostError;
use crate::rights::{Area, Rights, administers};
use crate::sim::Sim;
use crate::webhooks::store;

/// What stands at such a path.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Webhook,
    Notification,
    /// The delivery log, which is only read.
    Event,
}

const PATHS: [(&str, Kind); 3] =
    [("Webhook", Kind::Webhook), ("Notification", Kind::Notification), ("WebhookEvent", Kind::Event)];

/// Rows of the delivery log that come unasked.
const ROWS: usize = 50;

/// The kind of this path, whose case does not matter, and its usual spelling.
pub(super) fn find(path: &str) -> Option<(&'static str, Kind)> {
    PATHS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(path))
}

/// Reading needs what other configuration needs, writing an administrator.
fn refusal(rights: &Rights, scopes: &[String], writes: bool) -> Option<StatusCode> {
    if writes && !administers(scopes, rights.scopes.as_ref()) {
        return Some(StatusCode::UNAUTHORIZED);
    }
    permit(rights, scopes, Area::Configuration, writes).err()
}

pub(super) async fn serve(
    sim: &Arc<Sim>,
    asked: &Asked,
    kind: Kind,
    rights: &Rights,
    scopes: &[String],
    request: Request,
) -> Answer {
    if asked.segments.len() > 2 {
        return Answer::status(StatusCode::NOT_FOUND);
    }
    if let Some(status) = refusal(rights, scopes, asked.writes()) {
        return Answer::status(status);
    }
    let id = asked.segments.get(1).map(String::as_str);
    match (asked.method.as_str(), kind, id) {
        ("GET" | "HEAD", Kind::Event, None) => log(sim, asked),
        ("GET" | "HEAD", _, None) => found(&Value::from(rows(sim, kind, None, asked.query.get("webhook_id")))),
        ("GET" | "HEAD", _, Some(id)) => single(sim, kind, id),
        ("POST", Kind::Webhook | Kind::Notification, None) => match body(request).await {
            Ok(elements) => post(sim, kind, &elements),
            Err(answer) => answer,
        },
        ("DELETE", Kind::Webhook | Kind::Notification, Some(id)) => delete(sim, kind, id),
        _ => not_allowed(),
    }
}

fn found(value: &Value) -> Answer {
    Answer::Json(StatusCode::OK, value.to_string().into_bytes())
}

fn rows(sim: &Sim, kind: Kind, id: Option<&str>, hook: Option<&str>) -> Vec<Value> {
    match kind {
        Kind::Webhook => store::webhooks(sim, id),
        Kind::Notification => store::notifications(sim, id.map(|id| id.parse().unwrap_or_default()), hook),
        Kind::Event => store::log(sim, hook, id, 0, usize::MAX).0,
    }
}

fn single(sim: &Sim, kind: Kind, id: &str) -> Answer {
    if kind == Kind::Notification && id.parse::<i32>().is_err() {
        return Answer::Other(answer::bad_id(id));
    }
    rows(sim, kind, Some(id), None).first().map_or_else(|| Answer::status(StatusCode::NOT_FOUND), found)
}

/// The delivery log, newest first. Its key is the simulator's own.
fn log(sim: &Sim, asked: &Asked) -> Answer {
    let number = |name| asked.query.number(name).and_then(|number| usize::try_from(number).ok()).filter(|one| *one > 0);
    let hook = asked.query.get("webhook_id");
    if !asked.query.flag("pageinate") {
        return found(&store::log(sim, hook, None, 0, number("count").unwrap_or(ROWS)).0.into());
    }
    let (page, size) = (number("page_no").unwrap_or(1), number("page_size").unwrap_or(ROWS));
    let (rows, count) = store::log(sim, hook, None, (page - 1).saturating_mul(size), size);
    found(&json!({ "page_no": page, "page_size": size, "record_count": count, "events": rows }))
}

/// Elements before a refused one stay written.
fn post(sim: &Arc<Sim>, kind: Kind, elements: &[Map<String, Value>]) -> Answer {
    if elements.is_empty() {
        return Answer::Other(answer::model_state("", "A non-empty request body is required."));
    }
    let mut written = Vec::new();
    for (place, element) in elements.iter().enumerate() {
        let saved = match kind {
            Kind::Notification => store::save_notification(sim, element).map(|id| id.to_string()),
            _ => store::save_webhook(sim, element).map(|id| id.to_string()),
        };
        match saved {
            Ok(id) => written.extend(rows(sim, kind, Some(&id), None)),
            Err(error) => return refused(error, place),
        }
    }
    let answer = if written.len() == 1 { written.remove(0) } else { written.into() };
    Answer::Json(StatusCode::CREATED, answer.to_string().into_bytes())
}

fn delete(sim: &Sim, kind: Kind, id: &str) -> Answer {
    let done = match (kind, id.parse()) {
        (Kind::Webhook, _) => store::delete_webhook(sim, id),
        (_, Ok(number)) => store::delete_notification(sim, number),
        (_, Err(_)) => return Answer::Other(answer::bad_id(id)),
    };
    if done { Answer::status(StatusCode::OK) } else { refused(PostError::NotFound, 0) }
}
