//! Webhooks of a connection: how they stand, their address, and making them.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::State;
use super::connections::find;
use super::sync::awake;
use crate::accounts::Permission;
use crate::http::app::Place;
use crate::http::error::ApiError;
use crate::http::extract::{Body, In};
use crate::http::guard::Caller;
use crate::store::Connection;
use crate::text;
use crate::time::Time;
use crate::webhooks::guard::{Basic, Guard, Signature};
use crate::webhooks::knock::{self, Knocked};
use crate::webhooks::status::{self, Cause, CauseKind, Coverage, EventStatus, Example, FamilyStatus, Status};
use crate::webhooks::{address, gate, setup};

/// How webhooks stand.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct WebhookView {
    status: Status,
    /// The fixed words for it.
    title: String,
    /// What it means here.
    sentence: String,
    /// Why something is missing.
    cause: Option<CauseView>,
    /// When the first address was made.
    since: Option<Time>,
    /// What is entered in HaloPSA as Payload URL; only for who may manage webhooks.
    callback_url: Option<String>,
    /// Until when the address before is accepted.
    old_ends_at: Option<Time>,
    /// What posts must carry beside the secret in their address.
    protection: Protection,
    /// The eleven events, in the order of the set-up.
    events: Vec<EventRow>,
    /// Of what happened in the last 24 hours, how much was announced.
    coverage: Vec<CoverageRow>,
    /// Some records whose last change no delivery told of, since the first event arrived.
    unannounced: Vec<Unannounced>,
    /// How many they are, beside those before the first event arrived.
    unannounced_count: u64,
    /// Records that changed before the first event arrived, and not since.
    unannounced_before: u64,
    /// When the first event arrived.
    first_at: Option<Time>,
    /// Events that arrived and are none of the eleven.
    unknown: Vec<UnknownEvent>,
    /// Posts that were turned away in the last 7 days.
    refused: Vec<RefusedPosts>,
    /// Deliveries that are still to be followed.
    waiting: u64,
    /// Deliveries that could not be followed.
    dead: u64,
}

/// What posts must carry beside the secret in their address.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum Protection {
    /// Nothing.
    Address,
    /// Name and password.
    Basic,
    /// A signature.
    Signature,
}

/// Why something is missing.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct CauseView {
    cause: CauseKind,
    /// What happened, why, and what to do.
    sentence: String,
    /// How often.
    times: u64,
    /// Since when it is looked at.
    since: Time,
    /// Id of a record as an example.
    record: Option<i64>,
    /// All of it happened before the first event arrived: HaloPSA was perhaps not set up yet, and is now.
    early: bool,
}

/// How one of the eleven events stands.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct EventRow {
    /// As HaloPSA's drop-down writes it.
    event: String,
    /// It seldom happens: nobody need worry that it has not come yet.
    rare: bool,
    last_at: Option<Time>,
    in_24_hours: u64,
    /// Of each of the last 24 hours, the oldest first.
    by_hour: Vec<u64>,
    total: u64,
    /// From the event to its arrival, in the last 24 hours.
    median_delay_ms: Option<i64>,
    cause: Option<CauseView>,
}

/// Of what happened to one family of records.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct CoverageRow {
    family: String,
    /// Since the first event arrived; before that, since the callback URL was made.
    happened: u64,
    announced: u64,
    found_by_polling: u64,
    /// What happened before the first event arrived, beside that.
    before: u64,
}

/// A record whose last change no delivery told of.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Unannounced {
    family: String,
    record: i64,
    /// `created`, `changed` or `deleted`.
    says: String,
    happened_at: Time,
}

/// An event that is none of the eleven.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct UnknownEvent {
    words: String,
    times: u64,
    last_at: Time,
}

/// Posts that were turned away.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct RefusedPosts {
    /// HTTP status that was answered.
    status: u16,
    /// Who sent them.
    source: String,
    times: u64,
    last_at: Time,
}

/// What posts are to carry.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(in crate::http) enum ProtectionWish {
    /// Nothing beside the secret in their address.
    Address,
    /// Name and password.
    Basic {
        /// The name.
        user: String,
        /// The password.
        #[schema(value_type = String)]
        password: SecretString,
    },
    /// HMAC-SHA256 over the body, base64.
    Signature {
        /// The header that carries it.
        header: String,
        /// What stands before it.
        #[serde(default)]
        prefix: String,
        /// The key.
        #[schema(value_type = String)]
        secret: SecretString,
    },
}

/// What was found and done in HaloPSA.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct WebhookMade {
    name: String,
    /// It is new.
    created: bool,
    /// What was mended; sentences.
    mended: Vec<String>,
    /// Events that were added.
    added: Vec<String>,
    /// Events that must be chosen by hand.
    by_hand: Vec<String>,
    /// What was sent, without passwords.
    requests: Vec<SentRequest>,
}

/// A request that was sent to HaloPSA.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct SentRequest {
    path: String,
    body: serde_json::Value,
}

/// How webhooks stand.
#[utoipa::path(get, path = "/api/v1/connections/{id}/webhook", operation_id = "webhook_get", tag = "Webhooks",
    params(("id" = i64, Path)), responses((status = 200, body = WebhookView)))]
pub(super) async fn webhook_get(
    Shared(app): State,
    caller: Caller,
    In(id): In<i64>,
) -> Result<Json<WebhookView>, ApiError> {
    let place = app.place();
    let connection = find(&place, id).await?;
    Ok(Json(view(&place, &connection, &caller).await?))
}

/// Makes another callback URL. The one before is accepted for an hour more.
#[utoipa::path(post, path = "/api/v1/connections/{id}/webhook/rotate", operation_id = "webhook_rotate", tag = "Webhooks",
    params(("id" = i64, Path)), responses((status = 200, body = WebhookView)))]
pub(super) async fn webhook_rotate(
    Shared(app): State,
    caller: Caller,
    In(id): In<i64>,
) -> Result<Json<WebhookView>, ApiError> {
    let place = app.place();
    let connection = find(&place, id).await?;
    address::of(&place.installation, &connection, true).await?;
    place.hosted.gate.load(&place.installation, &connection).await?;
    Ok(Json(view(&place, &connection, &caller).await?))
}

/// Makes the webhook with its eleven events in HaloPSA, or mends the one that is there. Needs an administrator's rights there.
#[utoipa::path(post, path = "/api/v1/connections/{id}/webhook/create", operation_id = "webhook_create", tag = "Webhooks",
    params(("id" = i64, Path)), responses((status = 200, body = WebhookMade)))]
pub(super) async fn webhook_create(Shared(app): State, In(id): In<i64>) -> Result<Json<WebhookMade>, ApiError> {
    let place = app.place();
    let connection = find(&place, id).await?;
    let serving = awake(&place, &connection).await?;
    let source = serving.source().await?;
    let made = setup::create(&place.installation, &connection, &source.client).await;
    // Also where it ended half way.
    place.hosted.gate.load(&place.installation, &connection).await?;
    let made = made.map_err(|error| {
        let message = text::sentence(&text::with_causes(&error));
        ApiError::new(StatusCode::BAD_GATEWAY, "halo_failed", message).advise(error.advice())
    })?;
    let requests = made.requests.into_iter().map(|(path, body)| SentRequest { path, body }).collect();
    let setup::Made { name, created, mended, added, by_hand, .. } = made;
    Ok(Json(WebhookMade { name, created, mended, added, by_hand, requests }))
}

/// Posts a test to the callback URL and sees whether it comes in.
#[utoipa::path(post, path = "/api/v1/connections/{id}/webhook/test", operation_id = "webhook_test", tag = "Webhooks",
    params(("id" = i64, Path)), responses((status = 200, body = Knocked)))]
pub(super) async fn webhook_test(Shared(app): State, In(id): In<i64>) -> Result<Json<Knocked>, ApiError> {
    let place = app.place();
    let connection = find(&place, id).await?;
    Ok(Json(knock::knock(&place.installation, &connection).await?))
}

/// Says what posts must carry beside the secret in their address.
#[utoipa::path(put, path = "/api/v1/connections/{id}/webhook/protection", operation_id = "webhook_protect", tag = "Webhooks",
    params(("id" = i64, Path)), request_body = ProtectionWish, responses((status = 200, body = WebhookView)))]
pub(super) async fn webhook_protect(
    Shared(app): State,
    caller: Caller,
    In(id): In<i64>,
    Body(given): Body<ProtectionWish>,
) -> Result<Json<WebhookView>, ApiError> {
    let place = app.place();
    let connection = find(&place, id).await?;
    gate::protect(&place.installation, &connection, &guard(given)?).await?;
    place.hosted.gate.load(&place.installation, &connection).await?;
    Ok(Json(view(&place, &connection, &caller).await?))
}

fn guard(wish: ProtectionWish) -> Result<Guard, ApiError> {
    let some = |field: &str, text: &SecretString, what: &str| match text.expose_secret().trim() {
        "" => Err(ApiError::invalid_field(field, format!("The {what} is missing."))),
        text => Ok(text.to_owned()),
    };
    Ok(match wish {
        ProtectionWish::Address => Guard::default(),
        ProtectionWish::Basic { user, password } => {
            if user.trim().is_empty() || user.contains(':') {
                return Err(ApiError::invalid_field("user", "A name is needed, without a colon."));
            }
            let password = some("password", &password, "password")?;
            Guard { basic: Some(Basic { user: user.trim().to_owned(), password }), signature: None }
        }
        ProtectionWish::Signature { header, prefix, secret } => {
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if header.is_empty() || !header.bytes().all(is_name) {
                return Err(ApiError::invalid_field("header", "A header has letters, digits and hyphens."));
            }
            let secret = some("secret", &secret, "key")?;
            Guard { basic: None, signature: Some(Signature { header, secret, prefix }) }
        }
    })
}

async fn view(place: &Place, connection: &Connection, caller: &Caller) -> Result<WebhookView, ApiError> {
    let installation = &place.installation;
    let status = status::of(installation, connection).await?;
    let guard = gate::guard(installation, connection).await?;
    let address = address::of(installation, connection, false).await?;
    let protection = match (&guard.basic, &guard.signature) {
        (Some(_), _) => Protection::Basic,
        (None, Some(_)) => Protection::Signature,
        (None, None) => Protection::Address,
    };
    let count = |number: i64| number.unsigned_abs();
    let first_at = status.first_at.unwrap_or(i64::MIN);
    let unannounced = status.unannounced.into_iter().filter(|missed| missed.happened_at >= first_at);
    Ok(WebhookView {
        status: status.status,
        title: status.title,
        sentence: status.sentence,
        cause: status.cause.map(CauseView::from),
        since: status.since.map(Time::of_micros),
        callback_url: caller.may(Permission::ManageWebhooks).then_some(address.callback_url),
        old_ends_at: address.old_ends_at.map(Time::of_micros),
        protection,
        events: status.events.into_iter().map(EventRow::from).collect(),
        coverage: status.families.into_iter().map(CoverageRow::from).collect(),
        unannounced: unannounced.map(Unannounced::from).collect(),
        unannounced_count: status.unannounced_count - status.unannounced_before,
        unannounced_before: status.unannounced_before,
        first_at: status.first_at.map(Time::of_micros),
        unknown: status
            .unknown
            .into_iter()
            .map(|one| UnknownEvent {
                words: one.words,
                times: count(one.times),
                last_at: Time::of_micros(one.last_at),
            })
            .collect(),
        refused: status
            .refused
            .into_iter()
            .map(|one| RefusedPosts {
                status: u16::try_from(one.status).unwrap_or(0),
                source: one.source,
                times: count(one.times),
                last_at: Time::of_micros(one.last_at),
            })
            .collect(),
        waiting: status.waiting,
        dead: status.dead,
    })
}

impl From<Cause> for CauseView {
    fn from(cause: Cause) -> Self {
        Self {
            cause: cause.cause,
            sentence: cause.sentence,
            times: cause.times,
            since: Time::of_micros(cause.since),
            record: cause.example.map(|example| example.record),
            early: cause.early,
        }
    }
}

impl From<EventStatus> for EventRow {
    fn from(event: EventStatus) -> Self {
        Self {
            event: event.event,
            rare: event.rare,
            last_at: event.last_at.map(Time::of_micros),
            in_24_hours: event.in_24_hours,
            by_hour: event.by_hour,
            total: event.total,
            median_delay_ms: event.median_delay_ms,
            cause: event.cause.map(CauseView::from),
        }
    }
}

impl From<FamilyStatus> for CoverageRow {
    fn from(family: FamilyStatus) -> Self {
        let coverage = family.coverage_24_hours;
        let Coverage { announced, before, .. } = coverage;
        let happened = coverage.since_first();
        let found_by_polling = happened.saturating_sub(announced);
        Self { family: family.family, happened, announced, found_by_polling, before }
    }
}

impl From<Example> for Unannounced {
    fn from(example: Example) -> Self {
        let Example { family, record, says, happened_at, .. } = example;
        Self { family, record, says, happened_at: Time::of_micros(happened_at) }
    }
}
