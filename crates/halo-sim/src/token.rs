//! The token endpoint and the tokens that are out.
//!
//! A token carries the scopes that were asked for; what they are worth is decided at each request. That
//! a wrong tenant is an `invalid_request` is the simulator's own: no public source says what HaloPSA answers.

use std::collections::BTreeMap;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde_json::json;

use crate::answer;
use crate::clock::Micros;
use crate::query::Query;
use crate::rng;
use crate::sim::Sim;
use crate::traps::Traps;
use crate::traps::table::wait;

/// Seconds that a token lives.
const LIFE: i64 = 3_600;
/// Tokens kept at once; the oldest goes first.
const KEPT: usize = 10_000;
/// The largest form that is read.
const FORM_BYTES: usize = 64 * 1024;

/// See the module.
pub(crate) struct Tokens {
    seed: u64,
    issued: i64,
    /// By number, so that the first is the oldest.
    live: BTreeMap<i64, Token>,
}

struct Token {
    text: String,
    issued: Micros,
    scopes: Vec<String>,
    requests: i64,
}

impl Tokens {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, issued: 0, live: BTreeMap::new() }
    }

    fn issue(&mut self, scope: &str, now: Micros) -> String {
        self.issued += 1;
        let text = format!("synthetic-{}-{}", self.issued, rng::guid(self.seed, "token", self.issued));
        self.live.retain(|_, token| now - token.issued < LIFE * 1_000_000);
        if self.live.len() >= KEPT {
            self.live.pop_first();
        }
        let scopes = scope.split_whitespace().map(str::to_owned).collect();
        self.live.insert(self.issued, Token { text: text.clone(), issued: now, scopes, requests: 0 });
        text
    }

    /// The scopes of a token that is still good.
    pub(crate) fn check(&mut self, headers: &HeaderMap, traps: &Traps, now: Micros) -> Option<Vec<String>> {
        let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, text) = header.split_once(' ')?;
        let number = text.trim().strip_prefix("synthetic-")?.split_once('-')?.0.parse().ok()?;
        let token = self.live.get_mut(&number)?;
        if !scheme.eq_ignore_ascii_case("bearer") || token.text != text.trim() {
            return None;
        }
        token.requests += 1;
        let setting = |trap, name| traps.settings(trap, "").and_then(|settings| settings.maybe(name));
        let life = setting("token_expires_early", "seconds").unwrap_or(LIFE).min(LIFE);
        let revoked = setting("token_revoked_after", "requests").is_some_and(|requests| token.requests > requests);
        (now - token.issued < life * 1_000_000 && !revoked).then(|| token.scopes.clone())
    }
}

fn refuse(status: StatusCode, error: &str, description: &str) -> Response {
    answer::json_value(status, &json!({ "error": error, "error_description": description }))
}

/// `POST /auth/token`.
pub(crate) async fn serve(sim: &Sim, request: Request) -> Response {
    if request.method() != Method::POST {
        return answer::empty(StatusCode::METHOD_NOT_ALLOWED);
    }
    sim.ledger().token_requests += 1;
    let strike = sim.traps().strike("token_429", "");
    if let Some(strike) = strike {
        sim.ledger().count_trap("token_429");
        let wait = wait(&strike.settings);
        return answer::too_many(sim.limit(), sim.options.window_seconds, wait.as_ref(), sim.clock.now());
    }
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.to_lowercase().starts_with("application/x-www-form-urlencoded") {
        return refuse(StatusCode::BAD_REQUEST, "invalid_request", "The specified 'Content-Type' header is not valid.");
    }
    let Ok(body) = to_bytes(request.into_body(), FORM_BYTES).await else {
        return answer::empty(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let mut response = grant(sim, &query, &Query::parse(&String::from_utf8_lossy(&body)));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn grant(sim: &Sim, query: &Query, form: &Query) -> Response {
    // Clients that know no tenant send `None`.
    let tenants = [query.get("tenant"), form.get("tenant")];
    let mut named = tenants.into_iter().flatten().filter(|name| !name.is_empty() && *name != "None");
    if named.any(|name| !name.eq_ignore_ascii_case(&sim.options.tenant)) {
        return refuse(StatusCode::BAD_REQUEST, "invalid_request", "The specified tenant does not exist.");
    }
    match form.get("grant_type") {
        Some("client_credentials") => {}
        None | Some("") => {
            let description = "The mandatory 'grant_type' parameter is missing.";
            return refuse(StatusCode::BAD_REQUEST, "invalid_request", description);
        }
        Some(_) => {
            let description = "The simulated application uses client_credentials.";
            return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type", description);
        }
    }
    // HaloPSA's ids are GUIDs, so their case is no difference; that of a secret is.
    let known = form.get("client_id").is_some_and(|id| id.eq_ignore_ascii_case(&sim.options.client_id));
    if !known || form.get("client_secret") != Some(&sim.options.client_secret) {
        return answer::json_value(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_client" }));
    }
    let scope = form.get("scope").unwrap_or_default();
    let token = sim.tokens().issue(scope, sim.clock.micros());
    sim.ledger().tokens_issued += 1;
    let body = json!({
        "scope": scope,
        "token_type": "Bearer",
        "access_token": token,
        "expires_in": LIFE,
        "refresh_token": null,
        "id_token": null,
    });
    answer::json_value(StatusCode::OK, &body)
}
