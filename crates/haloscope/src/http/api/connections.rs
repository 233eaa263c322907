//! Connections: which HaloPSA, as whom, and how each stands.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::Response;
use halo_client::entities::{ENTITIES, Entity};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::State;
use crate::accounts::Permission;
use crate::background::server::View;
use crate::background::standing::{ConnectionSummary, Evidence, judge};
use crate::connecting::form::ConnectionForm;
use crate::connecting::keep::{self, NotKept};
use crate::connecting::probe::{self, TestResult, TestStep, title};
use crate::http::app::{App, Place};
use crate::http::error::ApiError;
use crate::http::extract::{Body, In};
use crate::http::guard::{Audited, Caller};
use crate::installation::InstallationError;
use crate::secret::SecretError;
use crate::store::{Connection, ConnectionId, ConnectionSettings, Run};
use crate::sync::state::{EntityState, Facts};
use crate::time::Time;
use crate::webhooks::address;
use crate::webhooks::events::EVENTS;
use crate::webhooks::status::{self as webhook_status, CauseKind, Status};

/// Runs that are looked at to judge how a connection stands; all that are kept, where none of them has ended.
const RUNS: u32 = 20;
const ALL_RUNS: u32 = 2_000;

/// A connection, with all that is known of it but its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ConnectionDetail {
    #[serde(flatten)]
    summary: ConnectionSummary,
    auth_url: String,
    tenant: Option<String>,
    client_id: String,
    /// When the client secret was entered here; none where the command line did.
    secret_saved_at: Option<Time>,
    secret_saved_by: Option<String>,
    allow_private_address: bool,
    request_limit: u32,
    window_seconds: u32,
    reserve_percent: u32,
    /// Name of the agent as whom we read.
    agent: Option<String>,
    /// What this agent's view leaves out; sentences.
    restrictions: Vec<String>,
    /// What is entered in HaloPSA as Payload URL; only for who may manage webhooks.
    callback_url: Option<String>,
    webhook: WebhookLabel,
}

/// Of the webhook, what every page of a connection needs.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct WebhookLabel {
    status: Status,
    /// How many of the eleven events have arrived.
    events_arrived: u32,
    /// Why something is missing, where somebody has to look.
    trouble: Option<CauseKind>,
}

/// A form to try, and the connection whose secret it may use.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct ConnectionTest {
    form: ConnectionForm,
    connection: Option<i64>,
}

/// A form to keep.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct ConnectionSave {
    form: ConnectionForm,
}

/// What was kept.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Saved {
    connection: ConnectionDetail,
    /// What is entered in HaloPSA as Payload URL.
    callback_url: String,
    /// What should be mended, though the connection works.
    warnings: Vec<TestStep>,
}

/// What HaloPSA must grant for one kind of record.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct PermissionNeeded {
    table: String,
    /// As people call it.
    title: String,
    /// Of the API application.
    scope: String,
    /// Of the agent, as HaloPSA shows it.
    permission: String,
    /// What it is needed for.
    unlocks: String,
    /// Webhook events about these records.
    events: Vec<String>,
}

/// What HaloPSA must grant, for each kind of record.
#[utoipa::path(get, path = "/api/v1/permissions-needed", operation_id = "permission_needed_list", tag = "Connections",
    responses((status = 200, body = [PermissionNeeded])))]
pub(super) async fn permission_needed_list() -> Json<Vec<PermissionNeeded>> {
    let needed = |entity: &&Entity| PermissionNeeded {
        table: entity.table.to_owned(),
        title: title(entity.table),
        scope: entity.right.scope.to_owned(),
        permission: entity.right.permission.to_owned(),
        unlocks: entity.right.unlocks.to_owned(),
        events: EVENTS
            .iter()
            .filter(|event| event.family.name == entity.table)
            .map(|event| event.name.to_owned())
            .collect(),
    };
    Json(ENTITIES.iter().map(needed).collect())
}

/// All connections, oldest first.
#[utoipa::path(get, path = "/api/v1/connections", operation_id = "connection_list", tag = "Connections",
    responses((status = 200, body = [ConnectionSummary])))]
pub(super) async fn connection_list(Shared(app): State) -> Result<Json<Vec<ConnectionSummary>>, ApiError> {
    Ok(Json(summaries(&app.place()).await?))
}

/// One connection.
#[utoipa::path(get, path = "/api/v1/connections/{id}", operation_id = "connection_get", tag = "Connections",
    params(("id" = i64, Path)), responses((status = 200, body = ConnectionDetail)))]
pub(super) async fn connection_get(
    Shared(app): State,
    caller: Caller,
    In(id): In<i64>,
) -> Result<Json<ConnectionDetail>, ApiError> {
    let place = app.place();
    let connection = find(&place, id).await?;
    Ok(Json(detail(&place, &connection, &caller).await?))
}

/// Tries a connection step by step. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/connections/test", operation_id = "connection_test", tag = "Connections",
    request_body = ConnectionTest, responses((status = 200, body = TestResult)))]
pub(super) async fn connection_test(
    Shared(app): State,
    Body(given): Body<ConnectionTest>,
) -> Result<Json<TestResult>, ApiError> {
    let place = app.place();
    let known = match given.connection {
        Some(id) => Some(find(&place, id).await?),
        None => None,
    };
    let settings = settings(&place, &given.form, known.as_ref())?;
    Ok(Json(test(&app, &place, &settings).await?))
}

/// Tries a connection, keeps it, and begins to read.
#[utoipa::path(post, path = "/api/v1/connections", operation_id = "connection_add", tag = "Connections",
    request_body = ConnectionSave, responses((status = 201, body = Saved)))]
pub(super) async fn connection_add(
    Shared(app): State,
    caller: Caller,
    Body(given): Body<ConnectionSave>,
) -> Result<Response, ApiError> {
    let place = app.own_place();
    if app.samples.shown().is_some() {
        let message = "Sample data is shown: a HaloPSA that is connected now would not be seen. Nothing was saved.";
        return Err(ApiError::conflict(message).advise("Remove the sample data first."));
    }
    let settings = settings(&place, &given.form, None)?;
    let result = tested(&app, &place, &settings).await?;
    let connection = keep::add(&place.installation, &settings).await.map_err(not_kept)?;
    let saved = begin(&place, connection, &given.form, &caller, &result).await?;
    Ok(Audited::on((StatusCode::CREATED, Json(saved)), &settings.name, None))
}

/// Tries new values of a connection, keeps them, and begins to read with them.
#[utoipa::path(put, path = "/api/v1/connections/{id}", operation_id = "connection_change", tag = "Connections",
    params(("id" = i64, Path)), request_body = ConnectionSave, responses((status = 200, body = Saved)))]
pub(super) async fn connection_change(
    Shared(app): State,
    caller: Caller,
    In(id): In<i64>,
    Body(given): Body<ConnectionSave>,
) -> Result<Response, ApiError> {
    let place = app.place();
    let known = find(&place, id).await?;
    let mut form = given.form.clone();
    form.name.get_or_insert_with(|| known.settings.name.clone());
    let settings = settings(&place, &form, Some(&known))?;
    let result = tested(&app, &place, &settings).await?;
    let connection = keep::change(&place.installation, &known, &settings).await.map_err(not_kept)?;
    let saved = begin(&place, connection, &form, &caller, &result).await?;
    Ok(Audited::on(Json(saved), &settings.name, None))
}

/// Asks HaloPSA nothing more until somebody resumes it. What it posts is kept.
#[utoipa::path(post, path = "/api/v1/connections/{id}/pause", operation_id = "connection_pause", tag = "Connections",
    params(("id" = i64, Path)), responses((status = 200, body = ConnectionDetail)))]
pub(super) async fn connection_pause(
    Shared(app): State,
    caller: Caller,
    In(id): In<i64>,
) -> Result<Response, ApiError> {
    let by = Some((app.now(), caller.title()));
    pause(&app, &caller, id, by).await
}

/// Goes on where it was paused.
#[utoipa::path(post, path = "/api/v1/connections/{id}/resume", operation_id = "connection_resume", tag = "Connections",
    params(("id" = i64, Path)), responses((status = 200, body = ConnectionDetail)))]
pub(super) async fn connection_resume(
    Shared(app): State,
    caller: Caller,
    In(id): In<i64>,
) -> Result<Response, ApiError> {
    pause(&app, &caller, id, None).await
}

async fn pause(app: &App, caller: &Caller, id: i64, by: Option<(i64, String)>) -> Result<Response, ApiError> {
    let place = app.place();
    let connection = find(&place, id).await?;
    let mut notes = keep::notes(&place.installation, connection.id).await?;
    let is_paused = by.is_some();
    if notes.paused.is_some() != is_paused {
        notes.paused = by;
        keep::set_notes(&place.installation, connection.id, &notes).await?;
        let id = connection.id;
        place.hosted.renew(|view| view.of(id).is_some_and(|serving| serving.paused == is_paused)).await;
    }
    let name = connection.settings.name.clone();
    Ok(Audited::on(Json(detail(&place, &connection, caller).await?), &name, None))
}

/// The connection of that number.
pub(super) async fn find(place: &Place, id: i64) -> Result<Connection, ApiError> {
    let all = place.installation.store.connection_list().await?;
    all.into_iter()
        .find(|connection| connection.id == ConnectionId(id))
        .ok_or_else(|| ApiError::not_found("connection"))
}

/// How all connections stand.
pub(super) async fn summaries(place: &Place) -> Result<Vec<ConnectionSummary>, ApiError> {
    let mut summaries = Vec::new();
    for connection in place.installation.store.connection_list().await? {
        summaries.push(summary(place, &connection).await?);
    }
    Ok(summaries)
}

/// How a connection stands.
pub(super) async fn summary(place: &Place, connection: &Connection) -> Result<ConnectionSummary, ApiError> {
    let store = &place.installation.store;
    let notes = keep::notes(&place.installation, connection.id).await?;
    let mut runs = store.run_list(connection.id, RUNS).await?;
    if !runs.iter().any(Run::has_ended) {
        runs = store.run_list(connection.id, ALL_RUNS).await?;
    }
    let states = store.entity_state_list::<EntityState>(connection.id).await?;
    let states: Vec<EntityState> = states.into_iter().map(|kept| kept.state).collect();
    let live = place.hosted.view().and_then(|view| view.live(&connection.settings.name));
    Ok(judge(&Evidence {
        connection,
        notes: &notes,
        runs: &runs,
        states: &states,
        live: live.as_ref(),
        now: place.installation.clock.now_micros(),
        is_sample: place.is_sample,
    }))
}

async fn detail(place: &Place, connection: &Connection, caller: &Caller) -> Result<ConnectionDetail, ApiError> {
    let installation = &place.installation;
    let facts: Facts = installation.store.facts_get(connection.id).await?.unwrap_or_default();
    let notes = keep::notes(installation, connection.id).await?;
    let webhook = webhook_status::of(installation, connection).await?;
    let arrived = webhook.events.iter().filter(|event| event.total > 0).count();
    let callback_url = match caller.may(Permission::ManageWebhooks) {
        true => Some(address::of(installation, connection, false).await?.callback_url),
        false => None,
    };
    let settings = connection.settings.clone();
    let (secret_saved_at, secret_saved_by) = notes.secret.unzip();
    Ok(ConnectionDetail {
        summary: summary(place, connection).await?,
        auth_url: settings.auth_url,
        tenant: settings.tenant,
        client_id: settings.client_id,
        secret_saved_at: secret_saved_at.map(Time::of_micros),
        secret_saved_by,
        allow_private_address: settings.allow_private_address,
        request_limit: settings.request_limit,
        window_seconds: settings.window_seconds,
        reserve_percent: settings.reserve_percent,
        agent: facts.agent,
        restrictions: facts.restrictions,
        callback_url,
        webhook: WebhookLabel {
            status: webhook.status,
            events_arrived: u32::try_from(arrived).unwrap_or(u32::MAX),
            trouble: webhook.trouble(),
        },
    })
}

fn settings(place: &Place, form: &ConnectionForm, known: Option<&Connection>) -> Result<ConnectionSettings, ApiError> {
    let entered = form.check(known.is_none()).map_err(ApiError::invalid)?;
    keep::settings(&place.installation, &entered, known).map_err(|error| match error {
        InstallationError::Secret(SecretError::WrongKey) => ApiError::invalid_field(
            "client_secret",
            "Enter the Client Secret again: the one that is kept was entered for other addresses or another Client ID.",
        ),
        other => other.into(),
    })
}

async fn tested(app: &App, place: &Place, settings: &ConnectionSettings) -> Result<TestResult, ApiError> {
    let result = test(app, place, settings).await?;
    if result.ok {
        return Ok(result);
    }
    let message = "HaloPSA could not be connected, and nothing was saved: one of the steps below failed.";
    let error = ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "connection_failed", message);
    Err(error.with_steps(result.steps))
}

/// One at a time, within the budget of those who are served.
async fn test(app: &App, place: &Place, settings: &ConnectionSettings) -> Result<TestResult, ApiError> {
    let _turn = app.probing.lock().await;
    let installation = &place.installation;
    let tried = Connection { id: ConnectionId(0), schema: String::new(), created_at: 0, settings: settings.clone() };
    let view = place.hosted.view().ok_or_else(ApiError::starting)?;
    let budget = view.budget(installation, &tried).await?;
    let source = installation.source_within(&tried, 1, budget)?;
    Ok(probe::run(&source.client, settings).await)
}

/// Has a connection that was kept served, and answers what it came to.
async fn begin(
    place: &Place,
    connection: Connection,
    form: &ConnectionForm,
    caller: &Caller,
    result: &TestResult,
) -> Result<Saved, ApiError> {
    let installation = &place.installation;
    let mut notes = keep::notes(installation, connection.id).await?;
    let now = installation.clock.now_micros();
    notes.changed_at = Some(now);
    if form.client_secret.as_ref().is_some_and(|secret| !secret.expose_secret().trim().is_empty()) {
        notes.secret = Some((now, caller.title()));
    }
    // Who saves and syncs wants it to go on.
    notes.paused = None;
    keep::set_notes(installation, connection.id, &notes).await?;
    let callback_url = address::of(installation, &connection, false).await?.callback_url;
    let is_so = |view: &View| {
        let serving = view.of(connection.id);
        serving.is_some_and(|serving| !serving.paused && serving.connection.settings == connection.settings)
    };
    place.hosted.renew(is_so).await;
    if let Some(serving) = place.hosted.view().and_then(|view| view.of(connection.id).cloned()) {
        // Whatever it was, it was of the values before.
        serving.board.set(|live| live.trouble = live.trouble.take().filter(|trouble| trouble.since_ms * 1_000 > now));
    }
    Ok(Saved { connection: detail(place, &connection, caller).await?, callback_url, warnings: result.warnings() })
}

fn not_kept(error: NotKept) -> ApiError {
    match error {
        NotKept::Installation(error) => error.into(),
        NotKept::OtherSystem { .. } => {
            ApiError::conflict("These are the addresses of another HaloPSA. Nothing was saved: the rows of this connection are of the one before.")
                .advise("Connect the other HaloPSA as a connection of its own.")
        }
        NotKept::Connected { name } => {
            ApiError::conflict(format!("This HaloPSA is connected already, as '{name}'. Nothing was saved."))
                .advise("Open that connection to change its values.")
        }
    }
}
