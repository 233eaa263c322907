//! From a Resource URL alone to Auth URL and tenant.

use reqwest::Url;
use serde_json::{Map, Value};

use crate::body;
use crate::clock::{Clock, SystemClock};
use crate::decode;
use crate::error::HaloError;
use crate::error_body;
use crate::http;
use crate::refusal;
use crate::settings::Timeouts;
use crate::url;

/// Bytes of `AuthInfo`; about 105 were seen.
const MAX_BYTES: u64 = 64 * 1024;

/// What a HaloPSA says about signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthInfo {
    /// The Resource URL at which it answered: the given one, or that with `/api`.
    pub resource_url: Url,
    /// The Auth URL.
    pub auth_url: Url,
    /// The tenant, where there is one.
    pub tenant: Option<String>,
}

/// Asks `resource_url` for its `AuthInfo`, which needs no token and no permit. Where the given URL has none, the same with `/api` is asked.
///
/// # Errors
/// Those of one request, for the given URL; [`HaloError::BadUrl`] and [`HaloError::Blocked`] also for the Auth URL found.
pub async fn discover(resource_url: &Url, allow_private_address: bool) -> Result<AuthInfo, HaloError> {
    url::check(resource_url, "Resource URL", allow_private_address)?;
    let http = http::client(Timeouts::default(), allow_private_address, resource_url.scheme() == "https")?;
    let first = ask(&http, resource_url, allow_private_address).await;
    let is_api = resource_url.path().trim_end_matches('/').to_ascii_lowercase().ends_with("/api");
    let elsewhere = matches!(
        first,
        Err(HaloError::NotFound { .. }
            | HaloError::NotJson { .. }
            | HaloError::Redirected { .. }
            | HaloError::Unexpected { .. })
    );
    if is_api || !elsewhere {
        return first;
    }
    let with_api = url::below(resource_url, "api", std::iter::empty());
    ask(&http, &with_api, allow_private_address).await.or(first)
}

async fn ask(http: &reqwest::Client, resource_url: &Url, allow_private_address: bool) -> Result<AuthInfo, HaloError> {
    let url = url::below(resource_url, "AuthInfo", std::iter::empty());
    let path = url.path().to_owned();
    let response = http.get(url.clone()).send().await.map_err(|error| http::send_error(error, &url, &path))?;
    if !response.status().is_success() {
        return Err(refusal::of(response, &path, &url, SystemClock::new().now_micros()).await);
    }
    let body = body::read(response, &path, MAX_BYTES).await?;
    let answer: Value = decode::object(&body, &path)?;
    let (auth_url, tenant) = (text(&answer, "auth_url"), text(&answer, "tenant_id"));
    let Some(auth_url) = auth_url else {
        let message = error_body::message(&body);
        return Err(HaloError::Unexpected { path, wanted: "member `auth_url`".to_owned(), message });
    };
    let auth_url = url::parse_url(auth_url, "Auth URL", allow_private_address)?;
    Ok(AuthInfo { resource_url: resource_url.clone(), auth_url, tenant: tenant.map(str::to_owned) })
}

fn text<'a>(answer: &'a Value, key: &str) -> Option<&'a str> {
    let find = |map: &'a Map<String, Value>| map.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
    answer.as_object().and_then(find)?.1.as_str().map(str::trim).filter(|text| !text.is_empty())
}
