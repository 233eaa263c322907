//! The way of one request: permit, token, sending, status, body. One attempt, but for repetitions with a new token.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::{Response, StatusCode, Url};

use crate::body;
use crate::budget::{Lane, Permit, Refusal};
use crate::client::Inner;
use crate::error::HaloError;
use crate::error_body;
use crate::header;
use crate::http;
use crate::refusal;
use crate::token::Token;

/// Tokens that one request is tried with.
const MOST_TOKENS: u32 = 5;

/// What to ask.
pub(crate) struct Ask<'a> {
    pub(crate) lane: Lane,
    /// Below the Resource URL; goes into messages.
    pub(crate) path: &'a str,
    pub(crate) url: Url,
    /// JSON that is posted; without it the request is a GET.
    pub(crate) body: Option<String>,
    pub(crate) max_bytes: u64,
    /// Whether 404 means that the record does not exist, and not that the path is wrong.
    pub(crate) may_be_absent: bool,
}

/// A good answer.
pub(crate) struct Answer {
    /// `None` when there is no such record.
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) asked: i64,
    pub(crate) answered: i64,
    pub(crate) server_time_micros: Option<i64>,
}

/// A head that came, whatever its status.
struct Head {
    response: Response,
    asked: i64,
}

impl Inner {
    /// Asks once; again with a new token after a 401, since tokens end before their time. A 401 for a new token is the answer: a
    /// right or scope is missing, and no number of tokens changes that. The token of the second attempt may be one that others
    /// have used since, and end just then.
    pub(crate) async fn attempt(&self, ask: &Ask<'_>) -> Result<Answer, HaloError> {
        let mut sent = 0;
        loop {
            let (head, token) = self.send(ask).await?;
            sent += 1;
            let refused = head.response.status() == StatusCode::UNAUTHORIZED;
            if !refused || sent >= MOST_TOKENS || (sent > 1 && token.is_new(self.clock.monotonic())) {
                return self.read(ask, head).await;
            }
            self.tokens.drop_token(&token);
        }
    }

    /// The permit comes first: waiting for it may outlast a token.
    async fn send(&self, ask: &Ask<'_>) -> Result<(Head, Token), HaloError> {
        let mut permit = self.budget.acquire(ask.lane).await?;
        let token = self.tokens.token().await?;
        let request = match &ask.body {
            None => self.http.get(ask.url.clone()),
            Some(body) => self.http.post(ask.url.clone()).header(CONTENT_TYPE, "application/json").body(body.clone()),
        };
        let request = request.header(AUTHORIZATION, token.header());
        let asked = self.ticks.next();
        permit.sent();
        token.used();
        match request.send().await {
            Ok(response) if response.status() == StatusCode::TOO_MANY_REQUESTS => {
                Err(self.refused(ask.path, permit, response).await)
            }
            Ok(response) => {
                permit.answered();
                Ok((Head { response, asked }, token))
            }
            Err(error) => {
                // Without a connection nothing was sent; in all other cases the drop of the permit assumes the worst.
                if error.is_connect() {
                    permit.not_sent();
                }
                Err(http::send_error(error, &ask.url, ask.path))
            }
        }
    }

    async fn refused(&self, path: &str, permit: Permit, response: Response) -> HaloError {
        let retry_after = header::retry_after(response.headers(), self.clock.now_micros());
        let words = error_body::message(&body::read_some(response).await);
        let retry_after = permit.refused(Refusal { retry_after, stated_limit: error_body::stated_limit(&words) });
        HaloError::RateLimited { path: path.to_owned(), retry_after }
    }

    async fn read(&self, ask: &Ask<'_>, head: Head) -> Result<Answer, HaloError> {
        let Head { response, asked } = head;
        let server_time_micros = header::server_time_micros(response.headers());
        let body = match response.status() {
            status if status.is_success() => Some(body::read(response, ask.path, ask.max_bytes).await?),
            StatusCode::NOT_FOUND if ask.may_be_absent => {
                absent(ask.path, response).await?;
                None
            }
            StatusCode::UNAUTHORIZED => {
                let client_id = self.client_id.clone();
                return Err(HaloError::Unauthorized { path: ask.path.to_owned(), client_id });
            }
            _ => return Err(refusal::of(response, ask.path, &ask.url, self.clock.now_micros()).await),
        };
        Ok(Answer { body, asked, answered: self.ticks.next(), server_time_micros })
    }
}

/// A 404 with a page in it comes from a web server that knows no such path: it says nothing about the record.
async fn absent(path: &str, response: Response) -> Result<(), HaloError> {
    let html = is_html(response.headers()) || error_body::looks_like_html(&body::read_some(response).await);
    if html { Err(HaloError::NotFound { path: path.to_owned() }) } else { Ok(()) }
}

fn is_html(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|kind| kind.contains("html"))
}
