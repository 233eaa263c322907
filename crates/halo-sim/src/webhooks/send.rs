//! Making the calls. One task looks after the queues; each webhook gets tasks that send while something is due.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use ring::hmac;

use super::Book;
use super::hook::Hook;
use super::queue::Taken;
use crate::clock::Micros;
use crate::sim::Sim;

pub(super) type Client = legacy::Client<HttpsConnector<HttpConnector>, Body>;

/// How long the queues go without a look, in real time: then the simulator may be gone.
const LOOK: Duration = Duration::from_secs(1);
/// What is read of an answer.
const ANSWER_BYTES: usize = 64 * 1024;

/// What came back, if anything did.
#[derive(Default)]
pub(super) struct Reply {
    /// 0 when there was no answer.
    pub(super) status: u16,
    pub(super) headers: String,
    /// The answer, or why there was none.
    pub(super) body: String,
    /// Real time.
    pub(super) seconds: f64,
}

impl Reply {
    pub(super) fn accepted(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Starts to look after the queues, unless somebody does.
pub(super) fn tend(sim: &Arc<Sim>) {
    if !sim.outbox.tended.swap(true, Ordering::AcqRel) {
        tokio::spawn(look_after(Arc::downgrade(sim)));
    }
}

async fn look_after(sim: Weak<Sim>) {
    loop {
        let Some(alive) = sim.upgrade() else { return };
        let (outbox, pause) = (Arc::clone(&alive.outbox), start_due(&alive));
        drop(alive);
        // Either is a reason to look again.
        let _ = tokio::time::timeout(pause.min(LOOK), outbox.wake.notified()).await;
    }
}

/// Starts senders for what is due; tells how long until more is.
fn start_due(sim: &Arc<Sim>) -> Duration {
    let now = sim.clock.micros();
    let mut next: Option<Micros> = None;
    for hook in &mut sim.outbox.book().hooks {
        let most = u64::from(sim.options.webhook_in_flight);
        let due = hook.queue.range(..=(now, u64::MAX)).take(usize::try_from(most).unwrap_or(1)).count();
        while u64::from(hook.senders) < most.min(due as u64) {
            hook.senders += 1;
            tokio::spawn(send_due(Arc::clone(sim), Arc::clone(&hook.id)));
        }
        next = next.into_iter().chain(hook.next_due(now)).min();
    }
    next.and_then(|due| sim.clock.until(due)).unwrap_or(LOOK)
}

/// A call with all that it needs.
struct Call {
    request: Request<Body>,
    /// The headers, for the log.
    head: Arc<str>,
}

/// Sends what is due for one webhook, one call after the other, until nothing is.
async fn send_due(sim: Arc<Sim>, id: Arc<str>) {
    let client = sim.outbox.client.get_or_init(client).clone();
    let limit = Duration::from_millis(sim.options.webhook_timeout_ms);
    while let Some((taken, call)) = next(&sim, &id) {
        let (head, reply) = match call {
            Some(Call { request, head }) => (head, send(&client, request, limit).await),
            None => ("".into(), Reply { body: "This call cannot be made.".into(), ..Reply::default() }),
        };
        sim.outbox.book().finish(&id, taken, &head, reply, sim.clock.micros());
    }
    sim.outbox.wake();
    sim.outbox.ended.notify_waiters();
}

/// The next call that is due; when there is none, this sender is done.
fn next(sim: &Sim, id: &str) -> Option<(Taken, Option<Call>)> {
    let mut book = sim.outbox.book();
    let book = &mut *book;
    let hook = book.hooks.iter_mut().find(|hook| *hook.id == *id)?;
    let Some(taken) = hook.take(sim.clock.micros()) else {
        hook.senders -= 1;
        return None;
    };
    let wrong = sim.traps().strike("webhook_wrong_secret", "").is_some();
    if wrong {
        sim.ledger().count_trap("webhook_wrong_secret");
        for number in &taken.job.deliveries {
            book.deliveries[*number].traps.push("webhook_wrong_secret");
        }
    }
    let hook = book.hook(id)?;
    let call = call(hook, body(book, &taken), wrong);
    Some((taken, call))
}

/// One body, or an array of them. What HaloPSA's batches look like is not public.
fn body(book: &Book, taken: &Taken) -> Bytes {
    let bodies: Vec<&Bytes> = taken.job.deliveries.iter().map(|number| &book.deliveries[*number].body).collect();
    match (taken.job.array, bodies.as_slice()) {
        (false, [one]) => (*one).clone(),
        _ => {
            let joined = bodies.iter().map(|body| &body[..]).collect::<Vec<_>>().join(&b',');
            [b"[".as_slice(), &joined, b"]"].concat().into()
        }
    }
}

/// `None` when the settings of the webhook make no request.
fn call(hook: &Hook, body: Bytes, wrong: bool) -> Option<Call> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(hook.record.text("content_type")).ok()?);
    headers.insert(USER_AGENT, HeaderValue::from_static("halo-sim"));
    if let Some((name, value)) = credentials(hook, &body, wrong)? {
        headers.insert(name, value);
    }
    let head: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default())).collect();
    let method = Method::from_bytes(hook.method().as_bytes()).ok()?;
    let mut request = Request::new(Body::from(body));
    *request.uri_mut() = hook.record.text("url").parse::<Uri>().ok()?;
    (*request.method_mut(), *request.headers_mut()) = (method, headers);
    Some(Call { request, head: head.join("\n").into() })
}

/// The header that proves who calls. Basic, and the signature as S8 verifies it: base64 of HMAC-SHA256 over the
/// raw body, in the header that the webhook names.
fn credentials(hook: &Hook, body: &[u8], wrong: bool) -> Option<Option<(HeaderName, HeaderValue)>> {
    let secret = format!("{}{}", hook.secret(), if wrong { " but wrong" } else { "" });
    let (name, value) = match hook.record.whole("authentication_type") {
        1 => {
            let pair = STANDARD.encode(format!("{}:{secret}", hook.record.text("basic_username")));
            (AUTHORIZATION, format!("Basic {pair}"))
        }
        3 => {
            let digest = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body);
            let name = Some(hook.record.text("authentication_header")).filter(|name| !name.is_empty());
            let name = HeaderName::from_bytes(name.unwrap_or("Signature").as_bytes()).ok()?;
            (name, format!("{}{}", hook.record.text("signature_prefix"), STANDARD.encode(digest)))
        }
        _ => return Some(None),
    };
    Some(Some((name, HeaderValue::from_str(&value).ok()?)))
}

fn client() -> Client {
    let provider = rustls::crypto::ring::default_provider();
    let mut http = HttpConnector::new();
    http.set_nodelay(true);
    http.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(provider)
        .expect("the provider knows the usual versions of TLS")
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    legacy::Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector)
}

async fn send(client: &Client, request: Request<Body>, limit: Duration) -> Reply {
    let begun = Instant::now();
    let answered = async {
        let (head, body) = client.request(request).await.map_err(|error| chain(&error))?.into_parts();
        // What is too long to be read, or breaks off, is still an answer.
        let body = to_bytes(Body::new(body), ANSWER_BYTES).await.unwrap_or_default();
        let headers: Vec<String> = head
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()))
            .collect();
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok::<_, String>(Reply { status: head.status.as_u16(), headers: headers.join("\n"), body, seconds: 0.0 })
    };
    let outcome = tokio::time::timeout(limit, answered).await;
    let outcome = outcome.unwrap_or_else(|_| Err(format!("No answer within {limit:?}.")));
    let reply = outcome.unwrap_or_else(|body| Reply { body, ..Reply::default() });
    Reply { seconds: begun.elapsed().as_secs_f64(), ..reply }
}

/// An error with its causes, for the log of deliveries.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Waits until nothing is due at the present time; false when that took more than a minute.
pub(super) async fn settle(sim: &Sim) -> bool {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        let ended = sim.outbox.ended.notified();
        if !busy(sim) {
            return true;
        }
        sim.outbox.wake();
        // Looks again in any case: a call may have ended just before.
        let _ = tokio::time::timeout(Duration::from_millis(20), ended).await;
    }
    false
}

fn busy(sim: &Sim) -> bool {
    let now = sim.clock.micros();
    sim.outbox.book().hooks.iter().any(|hook| hook.senders > 0 || hook.is_due(now))
}
