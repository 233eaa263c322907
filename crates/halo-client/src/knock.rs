//! Posts to an address of ours, to see whether it leads to us. Nothing of HaloPSA's, so it needs no permit.

use std::time::Duration;

use reqwest::Url;

use crate::error::HaloError;
use crate::error_body;
use crate::http;
use crate::settings::Timeouts;

/// Whoever answers does so at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// Posts JSON with these headers. Answers the status, and some words of an answer that is not good. A private address is
/// allowed: it is the caller's own.
///
/// # Errors
/// Those of one request that got no answer.
pub async fn knock(url: &Url, headers: &[(String, String)], json: String) -> Result<(u16, String), HaloError> {
    let timeouts = Timeouts { connect: PATIENCE, idle: PATIENCE, request: PATIENCE };
    let http = http::client(timeouts, true, url.scheme() == "https")?;
    let request = http.post(url.clone()).header(reqwest::header::CONTENT_TYPE, "application/json").body(json);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    // The path holds a secret: messages name the host alone.
    let response = request.send().await.map_err(|error| http::send_error(error, url, "the callback URL"))?;
    let status = response.status();
    if status.is_success() {
        return Ok((status.as_u16(), String::new()));
    }
    Ok((status.as_u16(), error_body::message(&crate::body::read_some(response).await)))
}
