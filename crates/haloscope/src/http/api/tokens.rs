//! Service tokens.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::State;
use crate::accounts::{Permission, tokens};
use crate::http::error::ApiError;
use crate::http::extract::{Body, In};
use crate::http::guard::{Audited, Caller};
use crate::store::Token;
use crate::time::Time;

/// Days that a token can be used at most, where it has an end.
const LONGEST_DAYS: u32 = 3_650;

/// A token, without what opens the door.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct TokenView {
    id: i64,
    /// What it is for.
    name: String,
    /// Its first characters.
    prefix: String,
    /// What it may do.
    scopes: Vec<Permission>,
    /// Who made it.
    made_by: String,
    made_at: Time,
    /// None where it has no end.
    ends_at: Option<Time>,
    /// To the minute; none where it never was.
    used_at: Option<Time>,
}

/// A token that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::http) struct TokenNew {
    name: String,
    scopes: Vec<Permission>,
    /// How long it can be used; left out, it has no end.
    days: Option<u32>,
}

/// A token that was made: it is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct TokenMade {
    /// To be sent as `Authorization: Bearer TOKEN`.
    token: String,
    view: TokenView,
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        Self {
            id: token.id,
            scopes: token.scopes.iter().filter_map(|word| Permission::of_word(word)).collect(),
            made_at: Time::of_micros(token.made_at),
            ends_at: token.ends_at.map(Time::of_micros),
            used_at: token.used_at.map(Time::of_micros),
            name: token.name,
            prefix: token.prefix,
            made_by: token.made_by,
        }
    }
}

/// All tokens, newest first.
#[utoipa::path(get, path = "/api/v1/tokens", operation_id = "token_list", tag = "Tokens",
    responses((status = 200, body = [TokenView])))]
pub(super) async fn token_list(Shared(app): State) -> Result<Json<Vec<TokenView>>, ApiError> {
    let tokens = app.installation.store.token_list().await?;
    Ok(Json(tokens.into_iter().map(TokenView::from).collect()))
}

/// Makes a token. It may do what its scopes say, and no more than the one who makes it.
#[utoipa::path(post, path = "/api/v1/tokens", operation_id = "token_add", tag = "Tokens", request_body = TokenNew,
    responses((status = 201, body = TokenMade)))]
pub(super) async fn token_add(
    Shared(app): State,
    caller: Caller,
    Body(given): Body<TokenNew>,
) -> Result<Response, ApiError> {
    let name = given.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(ApiError::invalid_field("name", "Say what it is for, in at most 100 characters."));
    }
    let mut scopes = given.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(ApiError::invalid_field("scopes", "Choose at least one thing that it may do."));
    }
    if let Some(beyond) = scopes.iter().find(|scope| !caller.may(**scope)) {
        return Err(ApiError::invalid_field("scopes", format!("You lack `{}` yourself.", beyond.word())));
    }
    if given.days.is_some_and(|days| !(1..=LONGEST_DAYS).contains(&days)) {
        return Err(ApiError::invalid_field("days", format!("It must be from 1 to {LONGEST_DAYS} days.")));
    }
    let ends_at = given.days.map(|days| app.now() + i64::from(days) * 86_400_000_000);
    let store = &app.installation.store;
    let (token, kept) = tokens::make(store, name, &scopes, &caller.name(), ends_at, app.now()).await?;
    let words: Vec<String> = scopes.iter().map(|scope| scope.word()).collect();
    let made = (StatusCode::CREATED, Json(TokenMade { token, view: kept.into() }));
    Ok(Audited::on(made, name, Some(words.join(", "))))
}

/// Ends a token at once.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", operation_id = "token_remove", tag = "Tokens",
    params(("id" = i64, Path)), responses((status = 204, description = "Ended")))]
pub(super) async fn token_remove(Shared(app): State, In(id): In<i64>) -> Result<StatusCode, ApiError> {
    match app.installation.store.token_remove(id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::not_found("token")),
    }
}
