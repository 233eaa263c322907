//! What HaloPSA posted, and what became of it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::connections::find;
use crate::http::error::ApiError;
use crate::http::extract::{Asked, In};
use crate::store::{Logged, Wanted};
use crate::text;
use crate::time::Time;
use crate::webhooks::events;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum DeliveryResult {
    /// It waits to be followed.
    Waiting,
    /// The record was read.
    Accepted,
    /// The record had been read already, for another delivery or by polling.
    Merged,
    /// HaloPSA does not let us read the record.
    Rejected,
    /// It could not be followed; a person has to look.
    Failed,
}

use DeliveryResult as R;

/// What was done for a delivery: as the store keeps it, its result, and a sentence.
const DONE: [(&str, R, &str); 10] = [
    ("read", R::Accepted, "The record was fetched from HaloPSA."),
    ("deleted", R::Accepted, "HaloPSA no longer has the record; it is marked as deleted here."),
    ("known", R::Merged, "The record had been fetched already after this happened: no request was needed."),
    ("still there", R::Accepted, "HaloPSA still has the record."),
    ("unlisted", R::Accepted, "HaloPSA leaves the record out of its list; the next pass looks for it."),
    ("left to the pass", R::Accepted, "This HaloPSA has no list of what changed here; the next pass reads it."),
    ("nothing", R::Accepted, "It names no record of a kind that webhooks are followed for; it is kept."),
    ("refused", R::Rejected, "HaloPSA refuses the right to read this record."),
    ("left out", R::Rejected, "This kind of record is not copied."),
    ("failed", R::Failed, "The record could not be fetched."),
];

/// A delivery.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct DeliveryRow {
    /// Rises with each.
    number: i64,
    arrived_at: Time,
    /// Which of the eleven events it is.
    event: Option<String>,
    /// Name of the event as it came.
    words: Option<String>,
    /// Id of its record.
    record: Option<i64>,
    result: DeliveryResult,
    /// HTTP status that was answered: every delivery that is kept got 200.
    status: u16,
    /// From its arrival until the warehouse showed what it tells of.
    shown_after_ms: Option<i64>,
    /// How often it was tried to follow it.
    attempts: i64,
    /// How often it came again.
    repeats: i64,
}

/// A delivery with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct DeliveryDetail {
    #[serde(flatten)]
    row: DeliveryRow,
    /// Network address it came from.
    source: String,
    /// Its headers; those that may hold a secret are hidden.
    headers: BTreeMap<String, String>,
    /// Its JSON.
    body: Option<String>,
    /// The body is longer than what is shown.
    body_cut: bool,
    /// What was done, in a sentence.
    outcome: Option<String>,
    settled_at: Option<Time>,
}

/// Deliveries, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct DeliveryPage {
    deliveries: Vec<DeliveryRow>,
    /// As `before`, for the next part; none at the end.
    next: Option<i64>,
}

/// Which deliveries are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct WantedDeliveries {
    /// Only of this one of the eleven events.
    event: Option<String>,
    /// Only those of which this became.
    result: Option<DeliveryResult>,
    /// Only about the record with this id.
    record: Option<i64>,
    /// Only those that arrived then or later.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Time>,
    /// Only those that arrived before.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Time>,
    /// Only what came before this number.
    before: Option<i64>,
    /// How many; 50 unless said, 500 at most.
    limit: Option<u32>,
}

/// How many deliveries are followed again.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Replayed {
    deliveries: u64,
}

/// Characters of a body that the store answers at most.
const SHOWN: usize = 200_000;

/// Deliveries, the newest first.
#[utoipa::path(get, path = "/api/v1/connections/{id}/deliveries", operation_id = "delivery_list", tag = "Webhooks",
    params(("id" = i64, Path), WantedDeliveries), responses((status = 200, body = DeliveryPage)))]
pub(super) async fn delivery_list(
    Shared(app): State,
    In(id): In<i64>,
    Asked(wanted): Asked<WantedDeliveries>,
) -> Result<Json<DeliveryPage>, ApiError> {
    let place = app.place();
    let connection = find(&place, id).await?;
    let limit = wanted.limit.unwrap_or(50).clamp(1, 500);
    let event = wanted.event.map(|words| events::find(&words).map_or(words, |event| event.name.to_owned()));
    let asked = Wanted {
        event,
        state: wanted.result.map(|result| state(result).to_owned()),
        did: wanted.result.filter(|result| state(*result) == SETTLED).map(words),
        record: wanted.record,
        since: wanted.since.map(Time::micros),
        until: wanted.until.map(Time::micros),
        before: wanted.before,
        limit,
        ..Wanted::default()
    };
    let logged = place.installation.store.deliveries_log(connection.id, &asked).await?;
    let is_full = logged.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next = logged.last().filter(|_| is_full).map(|delivery| delivery.number);
    Ok(Json(DeliveryPage { deliveries: logged.iter().map(row).collect(), next }))
}

/// One delivery with its headers and body.
#[utoipa::path(get, path = "/api/v1/connections/{id}/deliveries/{number}", operation_id = "delivery_get", tag = "Webhooks",
    params(("id" = i64, Path), ("number" = i64, Path)), responses((status = 200, body = DeliveryDetail)))]
pub(super) async fn delivery_get(
    Shared(app): State,
    In((id, number)): In<(i64, i64)>,
) -> Result<Json<DeliveryDetail>, ApiError> {
    let place = app.place();
    let connection = find(&place, id).await?;
    let wanted = Wanted { number: Some(number), limit: 1, ..Wanted::default() };
    let found = place.installation.store.deliveries_log(connection.id, &wanted).await?.pop();
    let logged = found.ok_or_else(|| ApiError::not_found("delivery"))?;
    Ok(Json(DeliveryDetail {
        row: row(&logged),
        outcome: outcome(&logged),
        headers: serde_json::from_str(&logged.headers).unwrap_or_default(),
        body_cut: logged.body.as_ref().is_some_and(|body| body.chars().count() >= SHOWN),
        body: logged.body,
        source: logged.source,
        settled_at: logged.settled_at.map(Time::of_micros),
    }))
}

/// Follows a delivery again.
#[utoipa::path(post, path = "/api/v1/connections/{id}/deliveries/{number}/replay", operation_id = "delivery_replay", tag = "Webhooks",
    params(("id" = i64, Path), ("number" = i64, Path)), responses((status = 202, body = Replayed)))]
pub(super) async fn delivery_replay(
    state: State,
    In((id, number)): In<(i64, i64)>,
) -> Result<(StatusCode, Json<Replayed>), ApiError> {
    replay(state, id, Some(number)).await
}

/// Follows all deliveries again that failed.
#[utoipa::path(post, path = "/api/v1/connections/{id}/deliveries/replay", operation_id = "delivery_replay_failed", tag = "Webhooks",
    params(("id" = i64, Path)), responses((status = 202, body = Replayed)))]
pub(super) async fn delivery_replay_failed(
    state: State,
    In(id): In<i64>,
) -> Result<(StatusCode, Json<Replayed>), ApiError> {
    replay(state, id, None).await
}

async fn replay(Shared(app): State, id: i64, number: Option<i64>) -> Result<(StatusCode, Json<Replayed>), ApiError> {
    let place = app.place();
    let connection = find(&place, id).await?;
    let deliveries = place.installation.store.deliveries_replay(connection.id, number).await?;
    if number.is_some() && deliveries == 0 {
        return Err(ApiError::not_found("delivery"));
    }
    if let Some(serving) = place.hosted.view().and_then(|view| view.of(connection.id).cloned()) {
        serving.delivered.tell();
    }
    Ok((StatusCode::ACCEPTED, Json(Replayed { deliveries })))
}

/// What was done, as the store keeps it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Outcome {
    did: Option<String>,
    why: Option<String>,
}

fn done(logged: &Logged) -> Outcome {
    logged.outcome.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// How the store calls deliveries that were followed.
const SETTLED: &str = "settled";

/// How the store calls deliveries of which this became.
fn state(result: DeliveryResult) -> &'static str {
    match result {
        R::Waiting => "waiting",
        R::Failed => "dead",
        R::Accepted | R::Merged | R::Rejected => SETTLED,
    }
}

/// What the store keeps of deliveries that were followed with this result.
fn words(result: DeliveryResult) -> Vec<String> {
    DONE.iter().filter(|(_, known, _)| *known == result).map(|(did, ..)| (*did).to_owned()).collect()
}

fn row(logged: &Logged) -> DeliveryRow {
    let did = done(logged).did;
    let known = DONE.iter().find(|(known, ..)| Some(*known) == did.as_deref());
    DeliveryRow {
        number: logged.number,
        arrived_at: Time::of_micros(logged.arrived_at),
        event: logged.event.clone(),
        words: logged.words.clone(),
        record: logged.record,
        result: match logged.state.as_str() {
            "waiting" => R::Waiting,
            "dead" => R::Failed,
            _ => known.map_or(R::Accepted, |(_, result, _)| *result),
        },
        status: StatusCode::OK.as_u16(),
        shown_after_ms: logged.visible_at.map(|at| (at - logged.arrived_at).max(0) / 1_000),
        attempts: logged.attempts,
        repeats: logged.repeats,
    }
}

fn outcome(logged: &Logged) -> Option<String> {
    let Outcome { did, why } = done(logged);
    let sentence = DONE.iter().find(|(known, ..)| Some(*known) == did.as_deref()).map(|(_, _, sentence)| *sentence);
    match (sentence, why) {
        (Some(sentence), Some(why)) if matches!(did.as_deref(), Some("failed")) => {
            Some(format!("{sentence} {}", text::sentence(&why)))
        }
        (Some(sentence), _) => Some(sentence.to_owned()),
        (None, Some(why)) => Some(text::sentence(&why)),
        (None, None) => did,
    }
}
