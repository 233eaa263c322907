//! What goes wrong, as the API tells it: a status, a stable code, and sentences for people.

use std::collections::BTreeMap;
use std::error::Error;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::AccountError;
use crate::connecting::probe::TestStep;
use crate::installation::InstallationError;
use crate::secret::SecretError;
use crate::store::StoreError;

/// What went wrong.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ApiProblem {
    /// Stable word for programs.
    pub code: String,
    /// What happened and why, for people. Holds no secret.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// What is wrong with which field, where the code is `invalid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<BTreeMap<String, String>>,
    /// How far the test of a connection came, where the code is `connection_failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<TestStep>>,
    /// Seconds after which it is worth another try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// Names this request in the log.
    pub request_id: String,
}

/// The body of every answer that is no success.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiErrorBody {
    /// What went wrong.
    pub error: ApiProblem,
}

/// An answer that is no success.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    problem: Box<ApiProblem>,
}

impl ApiError {
    /// With a code and a sentence.
    pub fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let problem = ApiProblem { code: code.to_owned(), message: message.into(), ..ApiProblem::default() };
        Self { status, problem: Box::new(problem) }
    }

    /// Whether it says that who asks may not.
    pub fn is_refusal(&self) -> bool {
        matches!(self.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.problem.advice = Some(advice.into());
        self
    }

    /// Adds when it is worth another try.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.problem.retry_after_s = Some(seconds);
        self
    }

    /// Adds how far a test came.
    #[must_use]
    pub fn with_steps(mut self, steps: Vec<TestStep>) -> Self {
        self.problem.steps = Some(steps);
        self
    }

    /// Fields of a request that cannot be as they are.
    pub fn invalid(fields: BTreeMap<String, String>) -> Self {
        let mut error =
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Some of what was entered cannot be used.");
        error.problem.fields = Some(fields);
        error
    }

    /// One such field.
    pub fn invalid_field(field: &str, sentence: impl Into<String>) -> Self {
        Self::invalid(BTreeMap::from([(field.to_owned(), sentence.into())]))
    }

    /// A request that cannot be understood.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// There is no such thing.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("There is no such {what} (any more)."))
    }

    /// It does not go together with what is there.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", message)
    }

    /// The warehouses are still being opened.
    pub fn starting() -> Self {
        let message = "Haloscope is starting: its warehouse is being opened.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "starting", message).retry_after(1)
    }

    /// Something that nobody who asks can change: it is logged, and told without its details.
    fn internal(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error, "a request failed");
        let message = "Haloscope could not do this because of a fault of its own.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
            .advise("Try again. If it stays, look for the request id in the log of `haloscope serve`.")
    }

    /// The store does not work for now.
    fn unavailable(error: &StoreError) -> Self {
        tracing::error!(error = error as &dyn Error, "the store cannot be used");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Haloscope's store cannot be used at the moment.")
            .advise(
                "The log of `haloscope serve` says why. It goes on by itself as soon as the store can be used again.",
            )
            .retry_after(5)
    }
}

/// What is left of an error until the request's id is known; see [`super::app`].
#[derive(Clone, Debug)]
pub(super) struct Unfinished(Box<ApiProblem>);

impl Unfinished {
    /// The answer with the request's id in it.
    pub(super) fn finish(self, status: StatusCode, request_id: &str) -> Response {
        let problem = ApiProblem { request_id: request_id.to_owned(), ..*self.0 };
        let retry = problem.retry_after_s;
        let mut response = (status, Json(ApiErrorBody { error: problem })).into_response();
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            // The rest of the body is not read.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(seconds) = retry {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Unfinished(self.problem));
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoConnection | StoreError::UnknownConnection { .. } => Self::not_found("connection"),
            StoreError::NameTaken { .. } => Self::conflict(format!("{error}.")),
            StoreError::Away { .. } | StoreError::Full(_) | StoreError::ReadOnly(_) => Self::unavailable(&error),
            error => Self::internal(&error),
        }
    }
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<SecretError> for ApiError {
    fn from(error: SecretError) -> Self {
        Self::internal(&error)
    }
}

impl From<InstallationError> for ApiError {
    fn from(error: InstallationError) -> Self {
        match error {
            InstallationError::Store(error) => error.into(),
            error @ (InstallationError::Halo(_) | InstallationError::Secret(_)) => {
                Self::new(StatusCode::BAD_GATEWAY, "halo_failed", format!("HaloPSA cannot be asked: {error}."))
                    .advise("Look at the connection's settings.")
            }
            error => Self::internal(&error),
        }
    }
}

impl From<anyhow::Error> for ApiError {
    fn from(error: anyhow::Error) -> Self {
        Self::internal(&*error)
    }
}
