//! One-time links: what they are for, and using them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::State;
use super::session::{self, SessionView};
use crate::accounts::links::{self, Purpose};
use crate::accounts::{Role, passwords};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::extract::Body;
use crate::http::guard::Caller;
use crate::store::{NewUser, User};
use crate::workspace::{WorkingHours, Workspace};

/// What a link is for.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct LinkView {
    purpose: Purpose,
    /// Whom it is for.
    user: Option<LinkUser>,
}

/// Whom a link is for.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct LinkUser {
    name: String,
    display_name: String,
}

/// The secret of a link.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct LinkToken {
    #[schema(value_type = String)]
    token: SecretString,
}

/// The secret of a link, and what its purpose needs beside it.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct LinkUse {
    #[schema(value_type = String)]
    token: SecretString,
    /// First run: what the administrator signs in with.
    name: Option<String>,
    /// First run: how the administrator is called.
    display_name: Option<String>,
    /// First run and password.
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
    /// First run: time zone of the workspace (IANA).
    zone: Option<String>,
    /// First run: name of the provider.
    workspace: Option<String>,
    /// First run: when work is done.
    working_hours: Option<Vec<WorkingHours>>,
}

/// Tells what a link is for. It can still be used afterwards.
#[utoipa::path(post, path = "/api/v1/links/look", operation_id = "link_look", tag = "Session", request_body = LinkToken,
    responses((status = 200, body = LinkView)))]
pub(super) async fn link_look(Shared(app): State, Body(given): Body<LinkToken>) -> Result<Json<LinkView>, ApiError> {
    let (purpose, user) = find(&app, &given.token).await?;
    let user = user.map(|user| LinkUser { name: user.name, display_name: user.display_name });
    Ok(Json(LinkView { purpose, user }))
}

/// Uses a link up and signs in.
#[utoipa::path(post, path = "/api/v1/links/use", operation_id = "link_use", tag = "Session", request_body = LinkUse,
    responses((status = 200, body = SessionView)))]
pub(super) async fn link_use(
    Shared(app): State,
    caller: Caller,
    headers: HeaderMap,
    Body(given): Body<LinkUse>,
) -> Result<Response, ApiError> {
    let user = match find(&app, &given.token).await? {
        (Purpose::FirstRun, _) => first_run(&app, &given).await?,
        (Purpose::Password, Some(user)) => {
            let Some(password) = &given.password else {
                return Err(ApiError::invalid_field("password", "The password is missing."));
            };
            if let Some(objection) = passwords::objection(password.expose_secret(), &user.name) {
                return Err(ApiError::invalid_field("password", objection));
            }
            take(&app, &given.token).await?;
            session::set_password(&app, user.id, &user.name, password, "password").await?;
            crate::accounts::sessions::end_all(&app.installation.store, user.id, None).await?;
            user
        }
        // A demo's: it may be opened again.
        (Purpose::SignIn, Some(user)) => user,
        (_, None) => return Err(ended()),
    };
    session::open(&app, &user, &caller, &headers).await
}

async fn find(app: &App, token: &SecretString) -> Result<(Purpose, Option<User>), ApiError> {
    let store = &app.installation.store;
    let (purpose, user) = links::look(store, token.expose_secret(), app.now()).await?.ok_or_else(ended)?;
    let user = match user {
        Some(id) => Some(store.user_get(id).await?.filter(|user| user.disabled_at.is_none()).ok_or_else(ended)?),
        None => None,
    };
    // Whoever finds an old link makes no second first administrator.
    if purpose == Purpose::FirstRun && store.user_count().await? > 0 {
        return Err(ended());
    }
    Ok((purpose, user))
}

async fn take(app: &App, token: &SecretString) -> Result<(), ApiError> {
    let taken = links::take(&app.installation.store, token.expose_secret(), app.now()).await?;
    if taken { Ok(()) } else { Err(ended()) }
}

/// Makes the first administrator.
async fn first_run(app: &App, given: &LinkUse) -> Result<User, ApiError> {
    let store = &app.installation.store;
    let password = given.password.as_ref().map(|password| password.expose_secret().to_owned()).unwrap_or_default();
    let mut wrong = BTreeMap::new();
    let name = user_name(given.name.as_deref().unwrap_or_default(), &mut wrong);
    let display_name = display_name(given.display_name.as_deref().unwrap_or_default(), &mut wrong);
    if let Some(objection) = passwords::objection(&password, &name) {
        wrong.insert("password".to_owned(), objection);
    }
    let mut workspace = Workspace::get(store).await?;
    workspace.zone = given.zone.clone().unwrap_or(workspace.zone);
    workspace.name = given.workspace.as_deref().map_or(workspace.name, |name| name.trim().to_owned());
    workspace.working_hours = given.working_hours.clone().unwrap_or(workspace.working_hours);
    let of_workspace = workspace.objections().into_iter();
    wrong
        .extend(of_workspace.map(|(field, said)| (if field == "name" { "workspace".to_owned() } else { field }, said)));
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    let hash = passwords::hash(&password).await?;
    take(app, &given.token).await?;
    workspace.set(store).await?;
    let role = Role::Administrator.word();
    let user = NewUser { name: &name, display_name: &display_name, role: &role, password: Some(&hash) };
    Ok(store.user_add(&user, app.now()).await?)
}

/// What somebody signs in with.
pub(super) fn user_name(entered: &str, wrong: &mut BTreeMap<String, String>) -> String {
    let name = entered.trim().to_lowercase();
    if name.is_empty() {
        wrong.insert("name".to_owned(), "The name is missing: an e-mail address does well.".to_owned());
    } else if name.chars().count() > 200 || name.contains(|sign: char| sign.is_whitespace() || sign.is_control()) {
        wrong.insert("name".to_owned(), "A name has no spaces and at most 200 characters.".to_owned());
    }
    name
}

/// How somebody is called.
pub(super) fn display_name(entered: &str, wrong: &mut BTreeMap<String, String>) -> String {
    let name = entered.trim();
    if name.is_empty() {
        wrong.insert(
            "display_name".to_owned(),
            "The name is missing: it is shown beside what this person does.".to_owned(),
        );
    } else if name.chars().count() > 200 || name.contains(char::is_control) {
        wrong.insert("display_name".to_owned(), "A name has at most 200 characters.".to_owned());
    }
    name.to_owned()
}

fn ended() -> ApiError {
    ApiError::new(
        StatusCode::GONE,
        "link_ended",
        "This link was used already, has expired, or was replaced by a newer one.",
    )
    .advise("Ask an administrator for another one. On the machine itself `haloscope user link` makes one.")
}
