//! The report lane: `POST /Report` with SQL over HaloPSA's database, answered by a parser and an engine.
//!
//! [`parse`] reads one SELECT, [`plan`] turns it into a plan over the tables of [`catalog`], [`exec`] runs it,
//! [`answer`] writes what comes of it. What is not in here may look at records only through [`catalog`].
//! Source: `docs/halo-facts.md#report-lane`; what is left out says `docs/simulator.md`.

mod answer;
mod arith;
mod catalog;
mod convert;
mod dates;
mod error;
mod exec;
mod expr;
mod like;
mod parse;
mod plan;
mod run;
mod sub;
#[cfg(test)]
mod tests;
mod types;
mod value;

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};
use tokio::sync::{Semaphore, oneshot};

use crate::answer::{empty, model_state};
use crate::sim::Sim;
use answer::Outcome;

/// Queries that run at once; more wait.
static PLACES: Semaphore = Semaphore::const_new(4);
/// Deep queries recurse deeply.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// The SQL of a report that is to be run, not saved: in its first element.
fn sql_of(elements: &[Map<String, Value>]) -> Option<&str> {
    elements.first()?.get("sql")?.as_str().filter(|sql| !sql.trim().is_empty())
}

/// Answers `POST /Report`. Nothing is saved, whatever the element says.
///
/// # Errors
/// The answer, when it is not the JSON of a good one.
pub(crate) async fn post(sim: &Arc<Sim>, elements: &[Map<String, Value>]) -> Result<Vec<u8>, Response> {
    let Some(sql) = sql_of(elements) else {
        return Err(model_state("[0].sql", "The simulator runs reports and saves none: SQL is needed."));
    };
    answered(sim, sql, false).await
}

/// Answers `GET /Report/{id}?loadreport=true`: a saved report and what its SQL gives.
///
/// # Errors
/// As [`post`].
pub(crate) async fn saved(sim: &Arc<Sim>, mut record: Vec<u8>) -> Result<Vec<u8>, Response> {
    let shown: Value = serde_json::from_slice(&record).unwrap_or_default();
    let body = answered(sim, shown["sql"].as_str().unwrap_or_default(), true).await?;
    // Two objects become one.
    record.pop();
    record.push(b',');
    record.extend_from_slice(&body[1..]);
    Ok(record)
}

async fn answered(sim: &Arc<Sim>, sql: &str, saved: bool) -> Result<Vec<u8>, Response> {
    match outcome(sim, sql, saved).await {
        Some(Outcome::Answer(body)) => Ok(body),
        Some(Outcome::Timeout) => Err(empty(StatusCode::GATEWAY_TIMEOUT)),
        Some(Outcome::Refused) => Err(empty(StatusCode::FORBIDDEN)),
        None => Err(empty(StatusCode::INTERNAL_SERVER_ERROR)),
    }
}

/// Runs SQL on a thread of its own; `None` when that could not be done.
async fn outcome(sim: &Arc<Sim>, sql: &str, saved: bool) -> Option<Outcome> {
    let place = PLACES.acquire().await.ok()?;
    let (done, outcome) = oneshot::channel();
    let (sim, sql) = (Arc::clone(sim), sql.to_owned());
    let work = move || {
        let _place = place;
        // Whoever asked may have gone.
        let _ = done.send(answer::of(&sim, &sql, saved));
    };
    std::thread::Builder::new().name("report".into()).stack_size(STACK_BYTES).spawn(work).ok()?;
    outcome.await.ok()
}
