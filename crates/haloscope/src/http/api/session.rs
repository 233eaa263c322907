//! Signing in and out.

use std::time::Duration;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::State;
use crate::accounts::links::{self, Purpose};
use crate::accounts::{Permission, Role, passwords, sessions};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::extract::Body;
use crate::http::guard::{Audited, COOKIE, Caller, SIGNED_OUT, Who};
use crate::sample::Sample;
use crate::store::User;
use crate::workspace::Workspace;

/// How a browser stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum SessionState {
    /// There is no user yet: the link that `haloscope serve` printed makes the first one.
    FirstRun,
    /// Nobody is signed in.
    SignedOut,
    /// Somebody is.
    SignedIn,
}

/// Who is signed in, and what pages need to know of the installation.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct SessionView {
    /// How the browser stands.
    state: SessionState,
    /// To be sent as `x-csrf-token` with every request that is not a GET.
    csrf_token: String,
    /// Who is signed in.
    user: Option<SessionUser>,
    /// What they may do.
    permissions: Vec<Permission>,
    /// Name and time zone of the workspace.
    workspace: WorkspaceLabel,
    /// What is shown while there is sample data.
    sample: Option<Sample>,
    /// Version of Haloscope.
    version: String,
}

/// The one who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct SessionUser {
    id: i64,
    /// What they sign in with.
    name: String,
    /// How they are called.
    display_name: String,
    role: Role,
}

/// Of the workspace, what every page needs.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct WorkspaceLabel {
    name: String,
    /// IANA.
    zone: String,
}

/// Name and password.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct Credentials {
    name: String,
    #[schema(value_type = String)]
    password: SecretString,
}

/// The old and the new password.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct PasswordChange {
    #[schema(value_type = String)]
    current_password: SecretString,
    #[schema(value_type = String)]
    new_password: SecretString,
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/session", operation_id = "session_get", tag = "Session",
    responses((status = 200, body = SessionView)))]
pub(super) async fn session_get(Shared(app): State, caller: Caller) -> Result<Json<SessionView>, ApiError> {
    of_caller(&app, &caller).await.map(Json)
}

async fn view(
    app: &App,
    user: Option<SessionUser>,
    permissions: Vec<Permission>,
    session: Option<&str>,
) -> Result<SessionView, ApiError> {
    let store = &app.installation.store;
    let state = match &user {
        Some(_) => SessionState::SignedIn,
        None if store.user_count().await? == 0 => SessionState::FirstRun,
        None => SessionState::SignedOut,
    };
    let Workspace { name, zone, .. } = Workspace::get(store).await?;
    Ok(SessionView {
        state,
        csrf_token: session.map_or_else(|| SIGNED_OUT.to_owned(), sessions::csrf_token),
        permissions,
        workspace: WorkspaceLabel { name, zone },
        // Its values open a simulator only, but are nobody's business who is not signed in.
        sample: user.as_ref().and_then(|_| app.samples.sample()),
        user,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// How the browser of a caller stands.
pub(super) async fn of_caller(app: &App, caller: &Caller) -> Result<SessionView, ApiError> {
    let user = match &caller.who {
        Who::User(user) => Some(SessionUser {
            id: user.id,
            name: user.name.clone(),
            display_name: user.display_name.clone(),
            role: user.role,
        }),
        _ => None,
    };
    // A token sees what it may do, and is no user.
    view(app, user, caller.permissions.clone(), caller.session.as_deref()).await
}

/// Signs in.
#[utoipa::path(post, path = "/api/v1/session", operation_id = "session_start", tag = "Session", request_body = Credentials,
    responses((status = 200, body = SessionView)))]
pub(super) async fn session_start(
    Shared(app): State,
    caller: Caller,
    headers: HeaderMap,
    Body(given): Body<Credentials>,
) -> Result<Response, ApiError> {
    let name = given.name.trim().to_lowercase();
    begin_attempt(&app, &name, &caller.address)?;
    let found = app.installation.store.user_find(&name).await?;
    let hash = found.as_ref().filter(|user| user.disabled_at.is_none()).and_then(|user| user.password.clone());
    let is_right = passwords::is_right(given.password.expose_secret(), hash.as_deref()).await;
    let Some(user) = found.filter(|_| is_right) else {
        let error = ApiError::new(StatusCode::UNAUTHORIZED, "wrong_credentials", "Name or password is wrong.").advise(
            "Mind capital letters. If you forgot your password, ask an administrator for a link to set another one.",
        );
        let shown: String = name.chars().take(100).collect();
        return Ok(Audited::on(error, shown, Some("refused".to_owned())));
    };
    app.attempts.forgive(&name, &caller.address);
    open(&app, &user, &caller, &headers).await
}

/// Counts a try of a password, or says how long to wait for the next one.
fn begin_attempt(app: &App, name: &str, address: &str) -> Result<(), ApiError> {
    app.attempts.begin(name, address, app.installation.clock.monotonic()).map_err(|wait| {
        let seconds = wait.as_secs() + 1;
        let message = format!("There were too many wrong passwords. The next try is possible in {seconds} s.");
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", message)
            .advise("Wait. If you forgot your password, ask an administrator for a link to set another one.")
            .retry_after(seconds)
    })
}

/// Begins a session for a user.
pub(super) async fn open(app: &App, user: &User, caller: &Caller, headers: &HeaderMap) -> Result<Response, ApiError> {
    let text = sessions::begin(&app.installation.store, user, &caller.address, app.now()).await?;
    let role = Role::of_word(&user.role);
    let (id, name, display_name) = (user.id, user.name.clone(), user.display_name.clone());
    let audited = Audited { actor: Some(name.clone()), subject: Some(name.clone()), detail: None };
    let shown = SessionUser { id, name, display_name, role };
    let view = view(app, Some(shown), role.permissions(), Some(&text)).await?;
    let cookie = cookie(app, &text, sessions::longest(), headers);
    let mut response = ([(header::SET_COOKIE, cookie)], Json(view)).into_response();
    response.extensions_mut().insert(audited);
    Ok(response)
}

/// Over https it goes that way only.
fn cookie(app: &App, text: &str, lasts: Duration, headers: &HeaderMap) -> String {
    let is_https = app.origin(headers).starts_with("https://");
    let secure = if is_https { "; Secure" } else { "" };
    format!("{COOKIE}={text}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}", lasts.as_secs())
}

/// Signs out.
#[utoipa::path(delete, path = "/api/v1/session", operation_id = "session_end", tag = "Session",
    responses((status = 204, description = "Signed out")))]
pub(super) async fn session_end(Shared(app): State, caller: Caller, headers: HeaderMap) -> Result<Response, ApiError> {
    if let Some(text) = &caller.session {
        sessions::end(&app.installation.store, text).await?;
    }
    let cookie = cookie(&app, "", Duration::ZERO, &headers);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Changes the password of the one who is signed in. Their other sessions end.
#[utoipa::path(put, path = "/api/v1/session/password", operation_id = "password_change", tag = "Session", request_body = PasswordChange,
    responses((status = 204, description = "Changed")))]
pub(super) async fn password_change(
    Shared(app): State,
    caller: Caller,
    Body(given): Body<PasswordChange>,
) -> Result<Response, ApiError> {
    let (user, store) = (caller.user()?, &app.installation.store);
    begin_attempt(&app, &user.name, &caller.address)?;
    let kept = store.user_get(user.id).await?.and_then(|user| user.password);
    if !passwords::is_right(given.current_password.expose_secret(), kept.as_deref()).await {
        let error = ApiError::invalid_field("current_password", "This is not your present password.");
        return Ok(Audited::on(error, &user.name, Some("refused".to_owned())));
    }
    app.attempts.forgive(&user.name, &caller.address);
    set_password(&app, user.id, &user.name, &given.new_password, "new_password").await?;
    sessions::end_all(store, user.id, caller.session.as_deref()).await?;
    links::end(store, Purpose::Password, Some(user.id)).await?;
    Ok(Audited::on(StatusCode::NO_CONTENT, &user.name, None))
}

/// Keeps a password, if it is one.
pub(super) async fn set_password(
    app: &App,
    user: i64,
    name: &str,
    password: &SecretString,
    field: &str,
) -> Result<(), ApiError> {
    let password = password.expose_secret();
    if let Some(objection) = passwords::objection(password, name) {
        return Err(ApiError::invalid_field(field, objection));
    }
    Ok(app.installation.store.user_set_password(user, &passwords::hash(password).await?).await?)
}
