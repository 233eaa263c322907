//! What callers use: lists, single records, and the repetition of what failed in passing.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use serde_json::value::RawValue;

use crate::attempt::{Answer, Ask};
use crate::budget::{Budget, Lane};
use crate::clock::{Clock, Ticks, jitter};
use crate::decode::{self, List, Page};
use crate::error::{HaloError, Recovery};
use crate::http;
use crate::settings::{Retries, Settings};
use crate::token::Tokens;
use crate::url;

/// Bytes of `Agent/me`: 2 MB were seen.
const AGENT_BYTES: u64 = 4_000_000;

/// Bytes above which a body is decoded beside the async threads.
const LARGE: usize = 1 << 20;

/// A list to ask for.
#[derive(Debug, Clone, Copy)]
pub struct ListCall<'a> {
    /// Below the Resource URL, as `/Tickets`.
    pub path: &'a str,
    /// The member of the envelope that holds the list, as `tickets`. A bare array is taken as it is.
    pub key: &'a str,
    /// Query parameters. HaloPSA ignores in silence those that it does not know.
    pub params: &'a [(&'a str, Cow<'a, str>)],
    /// Largest body in bytes; `None` takes the limit of the settings.
    pub max_bytes: Option<u64>,
}

/// One answer of a single record.
#[derive(Debug)]
pub struct Single {
    /// The record as HaloPSA wrote it; `None` when it does not exist (404).
    pub record: Option<Box<RawValue>>,
    /// The tick right before the request went out.
    pub asked: i64,
    /// The tick right after the whole answer was here.
    pub answered: i64,
    /// The server's `Date`: microseconds since 1970-01-01 UTC.
    pub server_time_micros: Option<i64>,
}

/// A HaloPSA, asked within its budget. Clones share token, connections and budget.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    retries: Retries,
}

pub(crate) struct Inner {
    pub(crate) resource_url: Url,
    pub(crate) client_id: String,
    pub(crate) max_body_bytes: u64,
    pub(crate) http: reqwest::Client,
    pub(crate) tokens: Tokens,
    pub(crate) budget: Arc<Budget>,
    pub(crate) ticks: Arc<Ticks>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Client {
    /// A client. Sends nothing yet.
    ///
    /// # Errors
    /// [`HaloError::BadUrl`] and [`HaloError::Blocked`] for URLs that are not called; [`HaloError::Setup`] when the budget's
    /// `longest_request` is shorter than the time-out of a request, or certificates cannot be loaded.
    #[allow(clippy::needless_pass_by_value, reason = "the secret should have one owner")]
    pub fn new(
        settings: Settings,
        budget: Arc<Budget>,
        ticks: Arc<Ticks>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, HaloError> {
        url::check(&settings.auth_url, "Auth URL", settings.allow_private_address)?;
        url::check(&settings.resource_url, "Resource URL", settings.allow_private_address)?;
        if settings.timeouts.request > budget.settings().longest_request {
            let reason = "a request may last longer than the budget counts it: raise longest_request".into();
            return Err(HaloError::Setup { reason, source: None });
        }
        let encrypted = [&settings.auth_url, &settings.resource_url].iter().any(|url| url.scheme() == "https");
        let http = http::client(settings.timeouts, settings.allow_private_address, encrypted)?;
        let tokens = Tokens::new(&settings, http.clone(), Arc::clone(&clock));
        let Settings { resource_url, client_id, max_body_bytes, retries, .. } = settings;
        let inner = Inner { resource_url, client_id, max_body_bytes, http, tokens, budget, ticks, clock };
        Ok(Self { inner: Arc::new(inner), retries })
    }

    /// The same client, which reports every failure at once: for a person who waits.
    #[must_use]
    pub fn without_retries(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), retries: Retries { attempts: 1, ..self.retries } }
    }

    pub(crate) fn resource_url(&self) -> &Url {
        &self.inner.resource_url
    }

    /// A tick, for what is told without having been asked for.
    #[must_use]
    pub fn tick(&self) -> i64 {
        self.inner.ticks.next()
    }

    /// The budget that it asks within.
    #[must_use]
    pub fn budget(&self) -> &Arc<Budget> {
        &self.inner.budget
    }

    /// Asks a token now, once, even if one is held.
    ///
    /// # Errors
    /// [`HaloError::Credentials`], [`HaloError::Tenant`], [`HaloError::Scope`], and all that can go wrong on the way.
    pub async fn sign_in(&self) -> Result<(), HaloError> {
        self.inner.tokens.sign_in().await
    }

    /// Asks for a list, or one page of it.
    ///
    /// # Errors
    /// Every [`HaloError`]; those that pass were tried again as often as the settings say.
    pub async fn list(&self, lane: Lane, call: &ListCall<'_>) -> Result<Page, HaloError> {
        let params = call.params.iter().map(|(name, value)| (*name, value.as_ref()));
        let ask = Ask {
            lane,
            path: call.path,
            url: url::below(&self.inner.resource_url, call.path, params),
            body: None,
            max_bytes: call.max_bytes.unwrap_or(self.inner.max_body_bytes),
            may_be_absent: false,
        };
        let key = call.key.to_owned();
        let (answer, list) = self.ask(&ask, move |body, path| decode::list(body, path, &key)).await?;
        let List { record_count, page_no, page_size, shape, records } =
            list.expect("an answer without body is for single records only");
        let Answer { asked, answered, server_time_micros, .. } = answer;
        Ok(Page { record_count, page_no, page_size, shape, records, asked, answered, server_time_micros })
    }

    /// Asks for the record `id` of `path`, as (`/Tickets`, `12`).
    ///
    /// # Errors
    /// As [`Client::list`]. A record that does not exist is no error.
    pub async fn record(&self, lane: Lane, path: &str, id: &str, params: &[(&str, &str)]) -> Result<Single, HaloError> {
        let path = url::record_path(path, id);
        self.single(lane, &path, params, self.inner.max_body_bytes, true).await
    }

    /// Asks who we are: the agent that the application logs in as, with its claims. About 2 MB, at most 4 MB.
    ///
    /// # Errors
    /// As [`Client::list`].
    pub async fn agent_me(&self, lane: Lane) -> Result<Single, HaloError> {
        self.single(lane, "/Agent/me", &[], AGENT_BYTES, false).await
    }

    async fn single(
        &self,
        lane: Lane,
        path: &str,
        params: &[(&str, &str)],
        max_bytes: u64,
        may_be_absent: bool,
    ) -> Result<Single, HaloError> {
        let url = url::below(&self.inner.resource_url, path, params.iter().copied());
        let ask = Ask { lane, path, url, body: None, max_bytes, may_be_absent };
        let (answer, record) = self.ask(&ask, decode::record).await?;
        let Answer { asked, answered, server_time_micros, .. } = answer;
        Ok(Single { record, asked, answered, server_time_micros })
    }

    /// Asks until it succeeds, the error is not one that passes, or the attempts are used up.
    pub(crate) async fn ask<T, D>(&self, ask: &Ask<'_>, decode: D) -> Result<(Answer, Option<T>), HaloError>
    where
        T: Send + 'static,
        D: Fn(&[u8], &str) -> Result<T, HaloError> + Clone + Send + 'static,
    {
        let mut attempt = 1;
        loop {
            let error = match self.ask_once(ask, decode.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            // What took too long takes too long again.
            let hopeless = ask.body.is_some() && matches!(error, HaloError::ServerFault { status: 504, .. });
            let wait = wait_before_next(&error, attempt, self.retries, jitter()).filter(|_| !hopeless);
            let Some(wait) = wait else { return Err(error) };
            tracing::debug!(path = ask.path, attempt, ?wait, %error, "HaloPSA is asked again");
            self.inner.clock.sleep(wait).await;
            attempt += 1;
        }
    }

    async fn ask_once<T, D>(&self, ask: &Ask<'_>, decode: D) -> Result<(Answer, Option<T>), HaloError>
    where
        T: Send + 'static,
        D: FnOnce(&[u8], &str) -> Result<T, HaloError> + Send + 'static,
    {
        let mut answer = self.inner.attempt(ask).await?;
        let Some(body) = answer.body.take() else { return Ok((answer, None)) };
        let decoded = if body.len() < LARGE {
            decode(&body, ask.path)
        } else {
            let path = ask.path.to_owned();
            let decoding = tokio::task::spawn_blocking(move || decode(&body, &path));
            decoding.await.unwrap_or_else(|error| {
                Err(HaloError::Interrupted { path: ask.path.to_owned(), source: Arc::new(error) })
            })
        };
        Ok((answer, Some(decoded?)))
    }
}

/// How long to wait before attempt `attempt + 1`, or `None` to give up. `jitter` is 0 to 1.
fn wait_before_next(error: &HaloError, attempt: u32, retries: Retries, jitter: f64) -> Option<Duration> {
    if attempt >= retries.attempts {
        return None;
    }
    match error.recovery() {
        // The budget or the token keeper holds the next attempt back for just that long.
        Recovery::After(_) => Some(Duration::ZERO),
        Recovery::Backoff => {
            let doubled = retries.first_wait.saturating_mul(2_u32.saturating_pow(attempt - 1));
            Some(doubled.min(retries.longest_wait).mul_f64(0.5 + jitter / 2.0))
        }
        Recovery::AskOperator(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_end() {
        let second = Duration::from_secs(1);
        let retries = Retries { attempts: 6, first_wait: 2 * second, longest_wait: 20 * second };
        let fault = HaloError::ServerFault { path: String::new(), status: 500, message: String::new() };
        let waits: Vec<_> = (1..=6).map(|attempt| wait_before_next(&fault, attempt, retries, 1.0)).collect();
        let expected: Vec<_> =
            [2, 4, 8, 16, 20].map(|seconds| Some(seconds * second)).into_iter().chain([None]).collect();
        assert_eq!(waits, expected);
        assert_eq!(wait_before_next(&fault, 1, retries, 0.0), Some(second));
    }

    #[test]
    fn refusals_are_not_repeated() {
        let forbidden = HaloError::Forbidden { path: String::new(), message: String::new() };
        assert_eq!(wait_before_next(&forbidden, 1, Retries::default(), 0.5), None);
    }
}
