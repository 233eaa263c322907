//! What handlers take out of a request; whatever does not fit is told as all errors are.

use std::time::Duration;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Json, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::error::ApiError;

/// Time for a body.
const FOR_A_BODY: Duration = Duration::from_secs(30);

/// The JSON of a body.
pub(super) struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let reading = Json::from_request(request, state);
        let found: Result<Json<T>, JsonRejection> = timeout(FOR_A_BODY, reading).await.map_err(|_| {
            ApiError::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "The body of this request took too long.")
        })?;
        found.map(|Json(value)| Self(value)).map_err(|error| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body of this request is too large.")
            }
            _ => ApiError::bad_request(format!("The body does not fit: {}.", error.body_text())),
        })
    }
}

/// Parts of the path.
pub(super) struct In<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for In<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let found: Result<Path<T>, PathRejection> = Path::from_request_parts(parts, state).await;
        found.map(|Path(value)| Self(value)).map_err(|_| ApiError::not_found("thing"))
    }
}

/// The query of the address.
pub(super) struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let found: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        found.map(|Query(value)| Self(value)).map_err(|error| ApiError::bad_request(format!("{}.", error.body_text())))
    }
}
