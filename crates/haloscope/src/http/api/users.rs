//! People who may sign in.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::State;
use super::links::{display_name, user_name};
use crate::accounts::links::{self, Purpose};
use crate::accounts::{Role, sessions};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::extract::{Body, In};
use crate::http::guard::{Audited, Caller, forbidden};
use crate::store::{NewUser, User};
use crate::time::Time;

/// Whether somebody can sign in.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum UserState {
    /// Yes.
    Active,
    /// Not before a password is set, by the link that was given.
    Invited,
    /// No: an administrator said so.
    Disabled,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct UserView {
    id: i64,
    /// What the person signs in with.
    name: String,
    /// How the person is called.
    display_name: String,
    role: Role,
    state: UserState,
    created_at: Time,
    signed_in_at: Option<Time>,
}

/// A link for a person, shown once.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct UserLink {
    /// To be opened by that person.
    url: String,
    /// Until when it can be used.
    ends_at: Time,
}

/// A person who was added, and the link to set a password.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct UserAdded {
    user: UserView,
    link: UserLink,
}

/// A person who is added.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::http) struct UserNew {
    name: String,
    display_name: String,
    role: Role,
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::http) struct UserChange {
    display_name: Option<String>,
    role: Option<Role>,
    disabled: Option<bool>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let state = match (user.disabled_at, &user.password) {
            (Some(_), _) => UserState::Disabled,
            (None, None) => UserState::Invited,
            (None, Some(_)) => UserState::Active,
        };
        Self {
            id: user.id,
            role: Role::of_word(&user.role),
            state,
            created_at: Time::of_micros(user.created_at),
            signed_in_at: user.signed_in_at.map(Time::of_micros),
            name: user.name,
            display_name: user.display_name,
        }
    }
}

/// All people, by name.
#[utoipa::path(get, path = "/api/v1/users", operation_id = "user_list", tag = "Users",
    responses((status = 200, body = [UserView])))]
pub(super) async fn user_list(Shared(app): State) -> Result<Json<Vec<UserView>>, ApiError> {
    let users = app.installation.store.user_list().await?;
    Ok(Json(users.into_iter().map(UserView::from).collect()))
}

/// Adds a person, who sets a password by the link.
#[utoipa::path(post, path = "/api/v1/users", operation_id = "user_add", tag = "Users", request_body = UserNew,
    responses((status = 201, body = UserAdded)))]
pub(super) async fn user_add(
    Shared(app): State,
    caller: Caller,
    headers: HeaderMap,
    Body(given): Body<UserNew>,
) -> Result<Response, ApiError> {
    let mut wrong = BTreeMap::new();
    let name = user_name(&given.name, &mut wrong);
    let display_name = display_name(&given.display_name, &mut wrong);
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    may_give(&caller, given.role)?;
    let role = given.role.word();
    let new = NewUser { name: &name, display_name: &display_name, role: &role, password: None };
    let user = app.installation.store.user_add(&new, app.now()).await.map_err(|error| match error {
        crate::store::StoreError::NameTaken { .. } => {
            ApiError::invalid_field("name", "Somebody signs in with this name already.")
        }
        other => other.into(),
    })?;
    let link = link(&app, user.id, &headers).await?;
    let detail = format!("as {}", given.role.title());
    Ok(Audited::on((StatusCode::CREATED, Json(UserAdded { user: user.into(), link })), name, Some(detail)))
}

/// Changes how a person is called, what the person may do, and whether at all. The last administrator stays one.
#[utoipa::path(patch, path = "/api/v1/users/{id}", operation_id = "user_change", tag = "Users", request_body = UserChange,
    params(("id" = i64, Path)), responses((status = 200, body = UserView)))]
pub(super) async fn user_change(
    Shared(app): State,
    caller: Caller,
    In(id): In<i64>,
    Body(given): Body<UserChange>,
) -> Result<Response, ApiError> {
    let store = &app.installation.store;
    let mut user = store.user_get(id).await?.ok_or_else(|| ApiError::not_found("user"))?;
    may_give(&caller, Role::of_word(&user.role))?;
    let mut done = Vec::new();
    if let Some(entered) = given.display_name {
        let mut wrong = BTreeMap::new();
        user.display_name = display_name(&entered, &mut wrong);
        if !wrong.is_empty() {
            return Err(ApiError::invalid(wrong));
        }
        done.push("renamed".to_owned());
    }
    if let Some(role) = given.role {
        may_give(&caller, role)?;
        user.role = role.word();
        done.push(format!("role {}", role.title()));
    }
    if let Some(disabled) = given.disabled {
        user.disabled_at = disabled.then(|| user.disabled_at.unwrap_or_else(|| app.now()));
        done.push(if disabled { "disabled" } else { "enabled" }.to_owned());
    }
    if !store.user_change(&user).await? {
        return Err(last_administrator());
    }
    if given.disabled == Some(true) {
        sessions::end_all(store, id, None).await?;
    }
    let name = user.name.clone();
    Ok(Audited::on(Json(UserView::from(user)), name, Some(done.join(", "))))
}

/// Removes a person, with all sessions. The last administrator stays.
#[utoipa::path(delete, path = "/api/v1/users/{id}", operation_id = "user_remove", tag = "Users",
    params(("id" = i64, Path)), responses((status = 204, description = "Removed")))]
pub(super) async fn user_remove(Shared(app): State, caller: Caller, In(id): In<i64>) -> Result<Response, ApiError> {
    let store = &app.installation.store;
    let user = store.user_get(id).await?.ok_or_else(|| ApiError::not_found("user"))?;
    if caller.user().is_ok_and(|own| own.id == id) {
        return Err(ApiError::conflict("You cannot remove yourself: another administrator can."));
    }
    may_give(&caller, Role::of_word(&user.role))?;
    if !store.user_remove(id).await? {
        return Err(last_administrator());
    }
    Ok(Audited::on(StatusCode::NO_CONTENT, user.name, None))
}

/// Makes a link by which a person sets another password. The present one holds until then.
#[utoipa::path(post, path = "/api/v1/users/{id}/link", operation_id = "user_link", tag = "Users",
    params(("id" = i64, Path)), responses((status = 200, body = UserLink)))]
pub(super) async fn user_link(
    Shared(app): State,
    caller: Caller,
    headers: HeaderMap,
    In(id): In<i64>,
) -> Result<Response, ApiError> {
    let user = app.installation.store.user_get(id).await?.ok_or_else(|| ApiError::not_found("user"))?;
    may_give(&caller, Role::of_word(&user.role))?;
    if user.disabled_at.is_some() {
        return Err(ApiError::conflict("This person may not sign in: enable the account first."));
    }
    let link = link(&app, id, &headers).await?;
    Ok(Audited::on(Json(link), user.name, None))
}

/// A token with few scopes makes nobody who may do more than it.
fn may_give(caller: &Caller, role: Role) -> Result<(), ApiError> {
    match role.permissions().into_iter().find(|permission| !caller.may(*permission)) {
        None => Ok(()),
        Some(beyond) => Err(forbidden(format!(
            "The role {} may do more than you: you lack the permission `{}`.",
            role.title(),
            beyond.word()
        ))),
    }
}

async fn link(app: &App, user: i64, headers: &HeaderMap) -> Result<UserLink, ApiError> {
    let made = links::make(&app.installation.store, Purpose::Password, Some(user), app.now()).await?;
    Ok(UserLink { url: format!("{}{}", app.origin(headers), made.path), ends_at: Time::of_micros(made.ends_at) })
}

fn last_administrator() -> ApiError {
    ApiError::conflict("This is the last administrator: without one nobody could administer Haloscope.")
        .advise("Make somebody else an administrator first.")
}
