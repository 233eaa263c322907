//! What a status other than success means, where it means the same everywhere.

use std::time::Duration;

use reqwest::{Response, StatusCode, Url};

use crate::body;
use crate::error::HaloError;
use crate::error_body;
use crate::header;

/// The wait after a 429 that names none, outside of the budget.
const WAIT: Duration = Duration::from_secs(30);

/// The error that `response` is, with HaloPSA's words from its body.
pub(crate) async fn of(response: Response, path: &str, url: &Url, now_micros: i64) -> HaloError {
    let status = response.status();
    let path = path.to_owned();
    if status.is_redirection() {
        return HaloError::Redirected { path, target: header::redirect_target(response.headers(), url) };
    }
    let retry_after = header::retry_after(response.headers(), now_micros).unwrap_or(WAIT);
    let message = error_body::message(&body::read_some(response).await);
    match status {
        StatusCode::TOO_MANY_REQUESTS => HaloError::RateLimited { path, retry_after },
        StatusCode::FORBIDDEN => HaloError::Forbidden { path, message },
        StatusCode::NOT_FOUND => HaloError::NotFound { path },
        status if status.is_server_error() => HaloError::ServerFault { path, status: status.as_u16(), message },
        status => HaloError::Refused { path, status: status.as_u16(), message },
    }
}
