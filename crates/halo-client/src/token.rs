//! The access token: one request for it at a time, asked anew before it ends, and dropped when HaloPSA refuses it.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use reqwest::header::HeaderValue;
use reqwest::{Response, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::body;
use crate::clock::Clock;
use crate::decode;
use crate::error::HaloError;
use crate::error_body;
use crate::http;
use crate::refusal;
use crate::settings::Settings;
use crate::url;

/// A token is not used in the last minute of its life, or in the second half of it if it lives less than two minutes.
const EARLY: Duration = Duration::from_secs(60);

/// The life of a token that does not say how long it lives. HaloPSA's default.
const USUAL_LIFE: Duration = Duration::from_secs(3600);

/// A token that was sent more often, or that is older, is not new.
const NEW_USES: u32 = 10;
const NEW_AGE: Duration = Duration::from_secs(30);

/// Bytes of a token's answer. Tokens of 2 kB are usual.
const MAX_BYTES: u64 = 1 << 20;

/// A token to send, and which one it is.
#[derive(Clone)]
pub(crate) struct Token {
    number: u64,
    header: HeaderValue,
    asked: Duration,
    good_until: Duration,
    uses: Arc<AtomicU32>,
}

impl Token {
    /// Notes that it is sent once more.
    pub(crate) fn used(&self) {
        self.uses.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether it cannot have ended by itself yet. One that others used for a while may.
    pub(crate) fn is_new(&self, now: Duration) -> bool {
        self.uses.load(Ordering::Relaxed) <= NEW_USES && now.saturating_sub(self.asked) <= NEW_AGE
    }

    /// The value of `Authorization`, marked so that it is never printed.
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("number", &self.number).finish_non_exhaustive()
    }
}

type Request = BoxFuture<'static, Result<Token, HaloError>>;

/// Keeps the token of one client.
pub(crate) struct Tokens {
    state: Mutex<State>,
    endpoint: Arc<Endpoint>,
}

#[derive(Default)]
struct State {
    held: Option<Token>,
    /// The number of the newest request.
    number: u64,
    /// That request while somebody waits for it; one that nobody waits for is dropped, not finished later.
    under_way: Option<WeakShared<Request>>,
}

impl Tokens {
    pub(crate) fn new(settings: &Settings, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        let tenant = settings.tenant_to_send().map(str::to_owned);
        let endpoint = Endpoint {
            url: url::token_url(&settings.auth_url, tenant.as_deref()),
            tenant: tenant.unwrap_or_default(),
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            scope: settings.scope.clone(),
            http,
            clock,
            not_before: Mutex::new(Duration::ZERO),
        };
        Self { state: Mutex::default(), endpoint: Arc::new(endpoint) }
    }

    /// The token that is held, or a new one. All who need a new one at the same time wait for the same request and share its error.
    pub(crate) async fn token(&self) -> Result<Token, HaloError> {
        let now = self.endpoint.clock.monotonic();
        let (number, request) = {
            let mut state = self.lock();
            match &state.held {
                Some(token) if now < token.good_until => return Ok(token.clone()),
                _ => self.request(&mut state),
            }
        };
        self.finish(number, request).await
    }

    /// A new token, whatever is held.
    pub(crate) async fn sign_in(&self) -> Result<(), HaloError> {
        let (number, request) = self.request(&mut self.lock());
        self.finish(number, request).await.map(drop)
    }

    /// Forgets `token`, if it is still the one that is held.
    pub(crate) fn drop_token(&self, token: &Token) {
        let mut state = self.lock();
        if state.held.as_ref().is_some_and(|held| held.number == token.number) {
            state.held = None;
        }
    }

    /// The request under way, or a new one.
    fn request(&self, state: &mut State) -> (u64, Shared<Request>) {
        if let Some(request) = state.under_way.as_ref().and_then(WeakShared::upgrade) {
            return (state.number, request);
        }
        state.number += 1;
        let request = Arc::clone(&self.endpoint).ask(state.number).boxed().shared();
        state.under_way = request.downgrade();
        (state.number, request)
    }

    async fn finish(&self, number: u64, request: Shared<Request>) -> Result<Token, HaloError> {
        let result = request.await;
        let mut state = self.lock();
        if state.number == number && state.under_way.take().is_some() {
            state.held = result.as_ref().ok().or(state.held.as_ref()).cloned();
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The token endpoint, and what is sent there.
struct Endpoint {
    url: Url,
    tenant: String,
    client_id: String,
    client_secret: SecretString,
    scope: String,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    /// It is throttled too, apart from the API.
    not_before: Mutex<Duration>,
}

impl Endpoint {
    async fn ask(self: Arc<Self>, number: u64) -> Result<Token, HaloError> {
        let wait = self.not_before().saturating_sub(self.clock.monotonic());
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
        let asked = self.clock.monotonic();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", self.client_secret.expose_secret()),
            ("scope", &self.scope),
        ];
        let response = self.http.post(self.url.clone()).form(&form).send().await;
        let response = response.map_err(|error| http::send_error(error, &self.url, self.path()))?;
        if !response.status().is_success() {
            return Err(self.refusal(response).await);
        }
        let body = body::read(response, self.path(), MAX_BYTES).await?;
        self.read(&body, number, asked)
    }

    fn path(&self) -> &str {
        self.url.path()
    }

    fn not_before(&self) -> Duration {
        *self.not_before.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, body: &[u8], number: u64, asked: Duration) -> Result<Token, HaloError> {
        let answer: Value = decode::object(body, self.path())?;
        let token = answer.get("access_token").and_then(Value::as_str).filter(|token| !token.is_empty());
        let header = token.and_then(|token| HeaderValue::from_str(&format!("Bearer {token}")).ok());
        let Some(mut header) = header else {
            // Some servers answer 200 to a refusal. A body that holds a token is not quoted.
            let words = if token.is_none() { self.words(body) } else { String::new() };
            return Err(HaloError::Unexpected {
                path: self.path().to_owned(),
                wanted: "access token".to_owned(),
                message: words,
            });
        };
        header.set_sensitive(true);
        let life = answer.get("expires_in").and_then(seconds).unwrap_or(USUAL_LIFE);
        let good_until = asked + life.saturating_sub(EARLY.min(life / 2));
        Ok(Token { number, header, asked, good_until, uses: Arc::default() })
    }

    async fn refusal(&self, response: Response) -> HaloError {
        let status = response.status();
        if [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status) {
            return self.refused_credentials(status, &body::read_some(response).await);
        }
        let error = refusal::of(response, self.path(), &self.url, self.clock.now_micros()).await;
        if let HaloError::RateLimited { retry_after, .. } = &error {
            let not_before = self.clock.monotonic() + *retry_after;
            *self.not_before.lock().unwrap_or_else(PoisonError::into_inner) = not_before;
        }
        self.without_secret(error)
    }

    /// 400, 401 and 403 with the code of OAuth, if any. How HaloPSA refuses a wrong tenant is not known: its words decide.
    fn refused_credentials(&self, status: StatusCode, body: &[u8]) -> HaloError {
        let code = decode::object::<Value>(body, self.path())
            .ok()
            .and_then(|value| value.get("error").and_then(Value::as_str).map(str::to_ascii_lowercase))
            .unwrap_or_default();
        let message = self.words(body);
        let path = self.path().to_owned();
        match code.as_str() {
            "invalid_scope" => HaloError::Scope { scope: self.scope.clone(), message },
            _ if code.contains("tenant") || message.to_ascii_lowercase().contains("tenant") => {
                HaloError::Tenant { tenant: self.tenant.clone(), message }
            }
            "invalid_client" | "unauthorized_client" | "unsupported_grant_type" | "invalid_grant" | "access_denied" => {
                HaloError::Credentials { client_id: self.client_id.clone(), message }
            }
            _ if status == StatusCode::UNAUTHORIZED => {
                HaloError::Credentials { client_id: self.client_id.clone(), message }
            }
            _ if error_body::looks_like_html(body) => {
                HaloError::NotJson { path, found: message_or(message, "an HTML page"), html: true, source: None }
            }
            _ => HaloError::Refused { path, status: status.as_u16(), message },
        }
    }

    /// A server may repeat what was sent: the secret is taken out of its words.
    fn without_secret(&self, error: HaloError) -> HaloError {
        match error {
            HaloError::ServerFault { path, status, message } => {
                HaloError::ServerFault { path, status, message: self.clean(message) }
            }
            HaloError::Refused { path, status, message } => {
                HaloError::Refused { path, status, message: self.clean(message) }
            }
            other => other,
        }
    }

    fn words(&self, body: &[u8]) -> String {
        self.clean(error_body::message(body))
    }

    fn clean(&self, words: String) -> String {
        let secret = self.client_secret.expose_secret();
        if secret.is_empty() { words } else { words.replace(secret, "***") }
    }
}

fn message_or(message: String, other: &str) -> String {
    if message.is_empty() { other.to_owned() } else { message }
}

/// Seconds as a number or as text, of which a year at most is believed.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Duration::try_from_secs_f64(seconds.clamp(1.0, 31_536_000.0)).ok()
}
