//! Everything under `/_sim`: what tests and people ask of the simulator itself. Needs no token, counts nowhere.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::stream;
use serde_json::{Map, Value, json};

use crate::answer;
use crate::api::catalog;
use crate::entity::Depth;
use crate::mutate;
use crate::query::Query;
use crate::sim::Sim;
use crate::times;
use crate::traps::Effects;
use crate::webhooks;

/// The largest body that is read.
const BODY_BYTES: usize = 1024 * 1024;
/// The truth is sent in pieces of at least this size.
const PIECE_BYTES: usize = 64 * 1024;
/// The largest step of the clock: a hundred years.
const STEP_SECONDS: f64 = 3_155_760_000.0;

/// Answers one request; `segments` are those after `/_sim`.
pub(crate) async fn serve(sim: &Arc<Sim>, segments: &[&str], request: Request) -> Response {
    let outcome = match (request.method().as_str(), segments) {
        ("GET", ["ledger"]) => Ok(ledger(sim)),
        ("POST", ["ledger", "reset"]) => {
            sim.ledger().reset();
            Ok(ledger(sim))
        }
        ("GET", ["truth", entity]) => return truth(sim, entity),
        ("GET", ["traps"]) => Ok(sim.traps().list()),
        ("POST", ["traps"]) => body(request).await.and_then(|asked| {
            let now = sim.clock.micros();
            let mut traps = sim.traps();
            traps.switch(&asked, now)?;
            Ok(traps.list())
        }),
        ("GET", ["clock"]) => Ok(clock(sim)),
        ("POST", ["clock"]) => body(request).await.and_then(|asked| step(sim, &asked)),
        ("GET", ["deliveries"]) => return webhooks::control::deliveries(sim),
        ("POST", ["deliveries", "flush"]) => webhooks::control::flush(sim).await,
        ("POST", ["webhooks", "fire"]) => match body(request).await {
            Ok(asked) => webhooks::control::fire(sim, asked).await,
            Err(sentence) => Err(sentence),
        },
        ("POST", ["live"]) => body(request).await.and_then(|asked| pause(sim, &asked)),
        ("POST", ["mutate"]) => body(request).await.and_then(|asked| change(sim, &asked)),
        _ => return answer::json_value(StatusCode::NOT_FOUND, &json!({ "error": CONTROLS })),
    };
    match outcome {
        Ok(value) => answer::json_value(StatusCode::OK, &value),
        Err(sentence) => answer::json_value(StatusCode::BAD_REQUEST, &json!({ "error": sentence })),
    }
}

const CONTROLS: &str = "Controls are GET ledger, POST ledger/reset, GET truth/{Entity}, GET and POST traps, \
    GET and POST clock, POST live, POST mutate, GET deliveries, POST deliveries/flush, POST webhooks/fire.";

/// The JSON object of a request, whatever content type it names.
async fn body(request: Request) -> Result<Map<String, Value>, String> {
    let bytes = to_bytes(request.into_body(), BODY_BYTES).await.map_err(|_| "The body is too large.".to_owned())?;
    serde_json::from_slice(&bytes).map_err(|error| format!("The body must be a JSON object: {error}."))
}

fn ledger(sim: &Sim) -> Value {
    let deliveries = webhooks::control::counts(sim);
    let ledger = sim.ledger();
    json!({
        "requests": ledger.requests,
        "by_path": ledger.by_path,
        "max_in_any_window": ledger.max_in_any_window,
        "rejected_429": ledger.rejected_429,
        "tokens_issued": ledger.tokens_issued,
        "token_requests": ledger.token_requests,
        "by_trap": ledger.by_trap,
        "deliveries": deliveries,
    })
}

fn clock(sim: &Sim) -> Value {
    let now = sim.clock.micros();
    let mut text = Vec::new();
    times::write_naive(&mut text, now.div_euclid(1_000));
    text.push(b'Z');
    json!({ "now": String::from_utf8_lossy(&text), "micros": now, "mode": sim.clock.mode().name() })
}

fn step(sim: &Sim, asked: &Map<String, Value>) -> Result<Value, String> {
    let seconds = asked.get("advance_seconds").and_then(Value::as_f64);
    let seconds = seconds.filter(|seconds| (0.0..=STEP_SECONDS).contains(seconds));
    let Some(seconds) = seconds else { return Err("`advance_seconds` must be a number that is not negative.".into()) };
    #[expect(clippy::cast_possible_truncation, reason = "within a hundred years, see above")]
    let micros = (seconds * 1e6).round() as i64;
    sim.clock.advance(micros).map_err(|error| format!("{error:#}"))?;
    sim.outbox.wake();
    Ok(clock(sim))
}

fn pause(sim: &Sim, asked: &Map<String, Value>) -> Result<Value, String> {
    let work = asked.get("work").and_then(Value::as_bool).ok_or("`work` must be true or false.")?;
    if sim.pause(!work) { Ok(json!({ "work": work })) } else { Err("The provider works only with `--live`.".into()) }
}

fn change(sim: &Sim, asked: &Map<String, Value>) -> Result<Value, String> {
    let number = |name: &str, otherwise: u64| match asked.get(name) {
        None => Ok(otherwise),
        Some(value) => value.as_u64().ok_or_else(|| format!("`{name}` must be a whole number that is not negative.")),
    };
    let (seed, count) = (number("seed", sim.options.seed)?, number("count", 1)?);
    let count = u32::try_from(count).ok().filter(|count| *count <= 1_000_000).ok_or("`count` is at most 1000000.")?;
    let tickets_only = asked.get("tickets_only").and_then(Value::as_bool).unwrap_or(false);
    let make = if tickets_only { mutate::mutate_tickets } else { mutate::mutate };
    let effects = sim.traps().effects();
    Ok(make(&mut sim.world_to_change(&effects), sim.clock.now(), seed, count))
}

/// All records of a kind in full, one a line, deleted ones marked; in HaloPSA's usual spelling and with
/// every right, whatever traps are on.
fn truth(sim: &Arc<Sim>, entity: &str) -> Response {
    let Some(entity) = catalog::find(entity) else {
        let known: Vec<_> = catalog::CATALOG.iter().map(|entity| entity.path()).collect();
        let sentence = format!("There is no entity `{entity}`; there are {}.", known.join(", "));
        return answer::json_value(StatusCode::NOT_FOUND, &json!({ "error": sentence }));
    };
    let late = sim.traps().effects().late;
    let effects = Arc::new(Effects { late, ..Effects::default() });
    let pieces = stream::unfold((Arc::clone(sim), Some(0)), move |(sim, place)| {
        let piece = place.map(|place| piece(&sim, entity, &effects, place));
        async move { piece.map(|(bytes, next)| (Ok::<_, std::convert::Infallible>(bytes), (sim, next))) }
    });
    let mut response = Response::new(Body::from_stream(pieces));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
}

/// The next piece of the truth, and the portion that follows unless this was the last.
fn piece(sim: &Sim, entity: &dyn catalog::Served, effects: &Effects, mut place: usize) -> (Bytes, Option<usize>) {
    let (mut out, query) = (Vec::with_capacity(2 * PIECE_BYTES), Query::default());
    let world = sim.world();
    let view = sim.view(&world, &query, effects, Depth::Truth);
    while out.len() < PIECE_BYTES {
        if !entity.truth(&view, place, &mut out) {
            return (out.into(), None);
        }
        place += 1;
    }
    (out.into(), Some(place))
}
