//! Everything under `/api`: admission, traps, rights, then the one handler of lists, records and writes.
//!
//! The order of the checks is that of a real server, from the outside in: the request limit, the token,
//! the scope, the agent's right, the record.

pub(crate) mod catalog;
mod fault;
mod list;
mod webhooks;
mod write;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde_json::json;

use crate::answer;
use crate::clock::Micros;
use crate::entity::{Depth, agent, billing, recurring};
use crate::query::{Query, decode};
use crate::report;
use crate::rights::{Access, Area, Rights, scopes_allow};
use crate::rng::Rng;
use crate::sim::Sim;
use crate::traps::{Effects, Fault, Wait};
use catalog::{Served, Single};
use list::Rules;

/// Paths that look right and are not, with the status they answer.
const FIXED: [(&str, u16); 4] =
    [("users/me", 404), ("client/me", 401), ("timesheet/mine", 403), ("timesheetevent/mine", 403)];

/// One request, taken apart.
struct Asked {
    method: Method,
    /// The segments after `/api`, decoded.
    segments: Vec<String>,
    query: Query,
    entity: Option<&'static dyn Served>,
}

/// What was worked out, before a fault spoils it.
enum Answer {
    Json(StatusCode, Vec<u8>),
    Other(Response),
}

impl Answer {
    fn status(status: StatusCode) -> Self {
        Answer::Other(answer::empty(status))
    }
}

/// Answers one request to `/api`; `segments` are those after it.
pub(crate) async fn serve(sim: &Arc<Sim>, segments: &[&str], request: Request) -> Response {
    let asked = Asked::of(segments, &request);
    let (arrival, refusal) = admit(sim, &asked);
    if let Some(refusal) = refusal {
        return refusal;
    }
    let (effects, scopes) = {
        let mut tokens = sim.tokens();
        let mut traps = sim.traps();
        traps.count_request(arrival);
        (traps.effects(), tokens.check(request.headers(), &traps, arrival))
    };
    let Some(scopes) = scopes else { return answer::empty(StatusCode::UNAUTHORIZED) };
    let path = asked.path();
    let fault = sim.traps().fault(path, arrival);
    if let Some((name, _)) = &fault {
        sim.ledger().count_trap(name);
    }
    let fault = fault.map(|(_, fault)| fault);
    let response = match fault.as_ref().and_then(|fault| instead(sim, fault, arrival)) {
        Some(response) => response,
        None => {
            let answer = work(sim, &asked, &effects, &scopes, request).await;
            fault::finish(answer, asked.entity, fault.as_ref())
        }
    };
    let held = delay(sim, path);
    if !held.is_zero() {
        tokio::time::sleep(held).await;
    }
    response
}

impl Asked {
    fn of(segments: &[&str], request: &Request) -> Self {
        let segments: Vec<String> = segments.iter().map(|segment| decode(segment)).collect();
        Self {
            method: request.method().clone(),
            entity: segments.first().and_then(|path| catalog::find(path)),
            query: Query::parse(request.uri().query().unwrap_or_default()),
            segments,
        }
    }

    /// The name under which the ledger counts this request: `Tickets`, `Tickets/{id}`, `POST Tickets`.
    fn name(&self) -> String {
        let verb = if self.method == Method::GET { String::new() } else { format!("{} ", self.method) };
        // Whoever invents paths cannot fill memory with them.
        let unknown = || self.segments.first().map(|path| path.chars().take(40).collect()).unwrap_or_default();
        let path = Some(self.path()).filter(|path| !path.is_empty()).map_or_else(unknown, str::to_owned);
        let rest = match self.segments.get(1).map(|segment| segment.to_lowercase()) {
            None => String::new(),
            Some(word) if word == "me" || word == "lines" || word == "mine" => format!("/{word}"),
            Some(_) => "/{id}".to_owned(),
        };
        format!("{verb}{path}{rest}")
    }

    /// The path as settings of traps name it; empty when there is no such thing.
    fn path(&self) -> &'static str {
        let webhooks = || self.segments.first().and_then(|path| webhooks::find(path)).map_or("", |(path, _)| path);
        self.entity.map_or_else(|| if self.is_report() { "Report" } else { webhooks() }, Served::path)
    }

    fn is_report(&self) -> bool {
        self.segments.first().is_some_and(|path| path.eq_ignore_ascii_case("report"))
    }

    fn writes(&self) -> bool {
        self.method != Method::GET && self.method != Method::HEAD
    }
}

/// Counts the request at its arrival and refuses it when the window is full.
fn admit(sim: &Sim, asked: &Asked) -> (Micros, Option<Response>) {
    let limit = sim.limit();
    let (arrival, wait) = {
        let mut ledger = sim.ledger();
        // Read under the lock, so that arrivals are counted in their order.
        let arrival = sim.clock.micros();
        if ledger.admit(arrival, sim.window(), limit) {
            ledger.count_path(asked.name());
            return (arrival, None);
        }
        (arrival, ledger.wait(arrival, sim.window()))
    };
    // Rounded up: a client that waits so long finds a free slot.
    let hint = sim
        .traps()
        .settings("retry_hint", "")
        .map(|settings| Wait { seconds: (wait + 999_999).div_euclid(1_000_000), as_date: settings.flag("as_date") });
    let refusal = answer::too_many(limit, sim.options.window_seconds, hint.as_ref(), arrival.div_euclid(1_000));
    (arrival, Some(refusal))
}

/// The answers of faults for which no work is done.
fn instead(sim: &Sim, fault: &Fault, now: Micros) -> Option<Response> {
    Some(match fault {
        Fault::Status(status) => answer::bare_status(*status),
        Fault::TooMany(wait) => {
            answer::too_many(sim.limit(), sim.options.window_seconds, wait.as_ref(), now.div_euclid(1_000))
        }
        Fault::Html => answer::login_page(),
        Fault::Login => answer::to_login_page(),
        Fault::Cut | Fault::Huge(_) | Fault::Deep(_) => return None,
    })
}

/// How long the answer is held back, by the command line and by the trap `slow`.
fn delay(sim: &Sim, path: &str) -> Duration {
    let latency = Duration::from_millis(sim.options.latency_ms);
    let Some(strike) = sim.traps().strike("slow", path) else { return latency };
    let jitter = strike.settings.whole("jitter");
    let chance = Rng::new(sim.options.seed, "slow", strike.hit.unsigned_abs()).between(0, jitter);
    latency + Duration::from_millis((strike.settings.whole("milliseconds") + chance).unsigned_abs())
}

async fn work(sim: &Arc<Sim>, asked: &Asked, effects: &Effects, scopes: &[String], request: Request) -> Answer {
    let path = asked.segments.join("/").to_lowercase();
    if let Some((_, status)) = FIXED.iter().find(|(fixed, _)| *fixed == path) {
        return Answer::Other(answer::bare_status(*status));
    }
    if asked.is_report() && asked.segments.len() == 1 && asked.method == Method::POST {
        return report(sim, effects, scopes, request).await;
    }
    if let Some((_, kind)) = asked.segments.first().and_then(|path| webhooks::find(path)) {
        return webhooks::serve(sim, asked, kind, &effects.rights, scopes, request).await;
    }
    let known = asked.entity.filter(|entity| !(entity.newer_only() && effects.older));
    let Some(entity) = known.filter(|_| asked.segments.len() <= 2) else {
        return Answer::status(StatusCode::NOT_FOUND);
    };
    if let Err(status) = permit(&effects.rights, scopes, entity.area(), asked.writes()) {
        // A single contract is refused as a bad token is, though its list is not; seen live.
        let as_token = entity.path() == "ClientContract" && asked.segments.len() == 2;
        return Answer::status(if as_token { StatusCode::UNAUTHORIZED } else { status });
    }
    match (asked.method.as_str(), asked.segments.get(1).map(String::as_str)) {
        ("GET" | "HEAD", None) => list(sim, asked, entity, effects),
        ("GET" | "HEAD", Some(id)) => match single(sim, asked, entity, id, effects) {
            Answer::Json(StatusCode::OK, record) if asked.is_report() && asked.query.flag("loadreport") => {
                ran(report::saved(sim, record).await)
            }
            answer => answer,
        },
        ("POST", None) => match body(request).await {
            Ok(elements) => write::post(sim, entity, &elements, effects),
            Err(answer) => answer,
        },
        ("DELETE", Some(id)) => write::delete(sim, entity, id, &asked.query, effects),
        _ => not_allowed(),
    }
}

fn not_allowed() -> Answer {
    let mut response = answer::empty(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST, DELETE"));
    Answer::Other(response)
}

/// `POST /Report`: SQL. What is missing, scope or right, is refused with 403.
async fn report(sim: &Arc<Sim>, effects: &Effects, scopes: &[String], request: Request) -> Answer {
    if permit(&effects.rights, scopes, Area::Reporting, true).is_err() {
        return Answer::status(StatusCode::FORBIDDEN);
    }
    match body(request).await {
        Ok(elements) => ran(report::post(sim, &elements).await),
        Err(answer) => answer,
    }
}

/// What came of SQL, as an answer.
fn ran(outcome: Result<Vec<u8>, Response>) -> Answer {
    outcome.map_or_else(Answer::Other, |json| Answer::Json(StatusCode::OK, json))
}

/// A scope that is missing reads as a bad token; a right that is missing is refused.
fn permit(rights: &Rights, scopes: &[String], area: Area, write: bool) -> Result<(), StatusCode> {
    if !scopes_allow(scopes, rights.scopes.as_ref(), area, write) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let needed = if write { Access::Full } else { Access::Read };
    if !rights.agent_login || rights.access(area) < needed { Err(StatusCode::FORBIDDEN) } else { Ok(()) }
}

fn list(sim: &Sim, asked: &Asked, entity: &'static dyn Served, effects: &Effects) -> Answer {
    let (rules, forgotten) = {
        let traps = sim.traps();
        let cap = traps.settings("page_cap", entity.path()).map(|settings| settings.whole("size"));
        let rules = Rules {
            cap: cap.and_then(|size| usize::try_from(size).ok()),
            paging: traps.settings("paging_ignored", entity.path()).is_none(),
        };
        (rules, traps.settings("filter_ignored", entity.path()).map(|settings| settings.names("params")))
    };
    let mut query = asked.query.clone();
    query.forget(&forgotten.unwrap_or_default());
    let mut out = Vec::new();
    let listed = {
        let world = sim.world();
        entity.list(&sim.view(&world, &query, effects, Depth::List), &rules, &mut out)
    };
    if listed.paged {
        write::after_page(sim, entity, listed.first, effects);
    }
    Answer::Json(StatusCode::OK, out)
}

fn single(sim: &Sim, asked: &Asked, entity: &'static dyn Served, id: &str, effects: &Effects) -> Answer {
    let world = sim.world();
    let view = sim.view(&world, &asked.query, effects, Depth::Single);
    let mut out = Vec::new();
    match (entity.path(), id.to_lowercase().as_str()) {
        ("Agent", "me") => {
            agent::me(&view, &mut out);
            return Answer::Json(StatusCode::OK, out);
        }
        ("Invoice", "lines") => return lines(&view),
        ("RecurringInvoice", "lines") => return recurring_lines(&view),
        _ => {}
    }
    match entity.single(&view, id, &mut out) {
        Single::Written => Answer::Json(StatusCode::OK, out),
        Single::Missing => Answer::status(StatusCode::NOT_FOUND),
        Single::Hidden => Answer::status(StatusCode::FORBIDDEN),
        Single::BadId => Answer::Other(answer::bad_id(id)),
    }
}

/// `GET /Invoice/lines`: the lines of one client's invoices; how they are wrapped is inferred.
fn lines(view: &crate::entity::View<'_>) -> Answer {
    let Some(client) = view.query.number("client_id") else {
        return Answer::Other(answer::json_value(
            StatusCode::BAD_REQUEST,
            &json!("Parameter client_id must be included"),
        ));
    };
    let invoices = view
        .world
        .invoices
        .live()
        .filter(|invoice| i64::from(invoice.client) == client && (billing::INVOICE.visible)(view, invoice));
    joined(invoices.map(|invoice| (invoice.lines.len(), billing::lines(view, invoice))))
}

/// `GET /RecurringInvoice/lines`: the lines of all recurring invoices, or of one client's.
fn recurring_lines(view: &crate::entity::View<'_>) -> Answer {
    let client = view.query.number("client_id");
    let rows = view.world.commerce.recurring.live();
    let rows = rows.filter(|row| client.is_none_or(|client| i64::from(row.client) == client));
    let rows = rows.filter(|row| (recurring::RECURRING_INVOICE.visible)(view, row));
    joined(rows.map(|row| (row.lines.len(), recurring::lines(view, row))))
}

/// Arrays with their lengths, as one list of lines.
fn joined(arrays: impl Iterator<Item = (usize, Vec<u8>)>) -> Answer {
    let (mut count, mut rows) = (0, Vec::new());
    for (length, lines) in arrays.filter(|(length, _)| *length > 0) {
        if count > 0 {
            rows.push(b',');
        }
        rows.extend_from_slice(&lines[1..lines.len() - 1]);
        count += length;
    }
    let mut out = format!("{{\"record_count\":{count},\"lines\":[").into_bytes();
    out.append(&mut rows);
    out.extend_from_slice(b"]}");
    Answer::Json(StatusCode::OK, out)
}

/// The largest body of a write that is read.
const BODY_BYTES: usize = 16 * 1024 * 1024;

/// The elements of a write: an array of objects, even for one record.
async fn body(request: Request) -> Result<Vec<serde_json::Map<String, serde_json::Value>>, Answer> {
    if !is_json(request.headers()) {
        return Err(Answer::status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let Ok(bytes) = axum::body::to_bytes(request.into_body(), BODY_BYTES).await else {
        return Err(Answer::status(StatusCode::PAYLOAD_TOO_LARGE));
    };
    serde_json::from_slice(&bytes).map_err(|_| Answer::Other(answer::model_state("", "The input was not valid.")))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
    kind == "application/json" || kind == "text/json" || kind.starts_with("application/") && kind.ends_with("+json")
}
