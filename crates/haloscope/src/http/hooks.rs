//! Takes what HaloPSA posts to `/hooks/{connection}/{secret}`. Bytes from outside: time, size and memory are bounded, and a
//! good status is answered only when the bytes are on disk.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use halo_client::Clock;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::store::{NewRefusal, Store};
use crate::webhooks::delivery;
use crate::webhooks::gate::Gate;
use crate::webhooks::inbox::Inbox;

/// Bytes of a body that may be allowed at most: larger ones would need all the memory for bodies.
pub const LARGEST_ALLOWED: u64 = 40_000_000;
/// Memory for all bodies on their way: the first bytes of each, and the rest of the large ones. Large ones cannot keep small
/// ones out.
const SMALL_BODY: usize = 32 << 10;
const FOR_SMALL: usize = 20 << 20;
const FOR_LARGE: usize = 44 << 20;
/// What is larger by more than this factor is not read to its end.
const MOST_DROPPED: usize = 4;
const TOO_LARGE: (StatusCode, &str) = (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
/// Time for a body.
const FOR_A_BODY: Duration = Duration::from_secs(30);
/// Senders that are told apart when posts are turned away.
const SENDERS: usize = 1_000;
/// How often what was turned away is written down.
const BETWEEN_COUNTS: Duration = Duration::from_secs(2);
/// Headers that are kept with their values. Any other may hold a secret: a password, a key, or this very address.
const KEPT_HEADERS: [&str; 7] =
    ["content-type", "content-length", "date", "host", "user-agent", "x-forwarded-for", "x-request-id"];
/// Characters that are kept of a value.
const LONGEST_VALUE: usize = 300;

/// What a receiver works with.
pub struct Receiver {
    /// Which addresses are accepted.
    pub gate: Arc<Gate>,
    /// Where deliveries go.
    pub inbox: Inbox,
    /// Where it is counted what was turned away.
    pub store: Store,
    /// The present time.
    pub clock: Arc<dyn Clock>,
    /// Bytes of a body at most.
    pub largest_body: usize,
}

/// Connection (0 where the address names none), status and sender.
type TurnedAway = (i64, u16, String);
/// How often, and when last.
type Count = (u64, i64);

struct Shared {
    receiver: Receiver,
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
    turned_away: Mutex<BTreeMap<TurnedAway, Count>>,
}

impl Receiver {
    /// The routes of deliveries. What is turned away is written down until `stop` fires, and once more then.
    pub fn router(self, stop: CancellationToken) -> (Router, JoinHandle<()>) {
        let shared = Arc::new(Shared {
            receiver: self,
            small: Arc::new(Semaphore::new(FOR_SMALL)),
            large: Arc::new(Semaphore::new(FOR_LARGE)),
            turned_away: Mutex::default(),
        });
        let router = Router::new().route("/hooks/{connection}/{secret}", post(receive)).with_state(shared.clone());
        (router, tokio::spawn(count_turned_away(shared, stop)))
    }
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<SocketAddr>,
    Path((connection, secret)): Path<(String, String)>,
    request: Request,
) -> Response {
    let now = shared.receiver.clock.now_micros();
    let Some((id, guard)) = shared.receiver.gate.opens(&connection, &secret, now) else {
        let named = shared.receiver.gate.named(&connection);
        return shared.turn_away(named, StatusCode::NOT_FOUND, peer, "");
    };
    let (parts, body) = request.into_parts();
    if !guard.knows_sender(&parts.headers) {
        return shared.turn_away(id.0, StatusCode::UNAUTHORIZED, peer, "name or password is wrong");
    }
    let (body, room) = match shared.body(body).await {
        Ok(read) => read,
        Err((status, why)) => return shared.turn_away(id.0, status, peer, why),
    };
    if !guard.knows_body(&parts.headers, &body) {
        return shared.turn_away(id.0, StatusCode::UNAUTHORIZED, peer, "the signature does not fit the body");
    }
    let read = match delivery::read(&body) {
        Ok(read) => read,
        Err(unreadable) => return shared.turn_away(id.0, StatusCode::BAD_REQUEST, peer, &unreadable.to_string()),
    };
    drop(body);
    // A batch keeps them once: ten thousand small deliveries must not become ten thousand times the headers.
    let mut headers = Some(without_secrets(&parts.headers));
    let source = sender(peer);
    let rows = read.into_iter().map(|delivery| {
        let headers = headers.take().unwrap_or_else(|| "{}".to_owned());
        delivery.into_new(id, now, &source, headers)
    });
    let deliveries = rows.collect();
    match shared.receiver.inbox.keep(deliveries, room).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a delivery was refused; HaloPSA tries again");
            shared.turn_away(id.0, StatusCode::SERVICE_UNAVAILABLE, peer, "it could not be kept: try again")
        }
    }
}

impl Shared {
    /// Reads a body, with the room that it takes until it is on disk.
    async fn body(&self, body: Body) -> Result<(Vec<u8>, Vec<OwnedSemaphorePermit>), (StatusCode, &'static str)> {
        let largest = self.receiver.largest_body;
        if body.size_hint().lower() > (MOST_DROPPED * largest) as u64 {
            return Err(TOO_LARGE);
        }
        let reading = async {
            let (mut bytes, mut rooms, mut dropped) = (Vec::new(), Vec::new(), 0);
            let mut body = std::pin::pin!(body);
            loop {
                let frame = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await;
                let Some(frame) = frame else {
                    return if dropped == 0 { Ok((bytes, rooms)) } else { Err(TOO_LARGE) };
                };
                let frame = frame.map_err(|_| (StatusCode::BAD_REQUEST, "the body broke off"))?;
                let Ok(chunk) = frame.into_data() else { continue };
                if dropped > 0 || bytes.len() + chunk.len() > largest {
                    // Who still writes does not hear the answer: what is too large by a little is read to its end.
                    dropped += std::mem::take(&mut bytes).len() + chunk.len();
                    rooms.clear();
                    if dropped > MOST_DROPPED * largest {
                        return Err(TOO_LARGE);
                    }
                    continue;
                }
                let small = SMALL_BODY.saturating_sub(bytes.len()).min(chunk.len());
                for (pool, wanted) in [(&self.small, small), (&self.large, chunk.len() - small)] {
                    let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
                    let room = pool.clone().try_acquire_many_owned(wanted);
                    rooms.push(room.map_err(|_| (StatusCode::SERVICE_UNAVAILABLE, "too much at once: try again"))?);
                }
                bytes.extend_from_slice(&chunk);
            }
        };
        let late = (StatusCode::REQUEST_TIMEOUT, "the body took too long");
        tokio::time::timeout(FOR_A_BODY, reading).await.unwrap_or(Err(late))
    }

    /// Answers a post that is not taken, and counts it.
    fn turn_away(&self, connection: i64, status: StatusCode, peer: SocketAddr, why: &str) -> Response {
        let now = self.receiver.clock.now_micros();
        let mut counts = self.turned_away.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = (connection, status.as_u16(), sender(peer));
        if counts.len() >= SENDERS && !counts.contains_key(&key) {
            "others".clone_into(&mut key.2);
        }
        let count = counts.entry(key).or_default();
        *count = (count.0 + 1, now);
        drop(counts);
        // The rest of the body is not read.
        (status, [(header::CONNECTION, "close")], why.to_owned()).into_response()
    }

    async fn write_counts(&self) {
        let counts = std::mem::take(&mut *self.turned_away.lock().unwrap_or_else(PoisonError::into_inner));
        if counts.is_empty() {
            return;
        }
        let refusals = counts.into_iter().map(|((connection, status, source), (times, last_at))| NewRefusal {
            connection,
            status,
            source,
            times,
            last_at,
        });
        let refusals: Vec<_> = refusals.collect();
        if let Err(error) = self.receiver.store.refusals_add(&refusals).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "refused posts could not be counted");
        }
    }
}

async fn count_turned_away(shared: Arc<Shared>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(BETWEEN_COUNTS) => {}
        }
        shared.write_counts().await;
    }
}

/// The headers as a JSON object.
fn without_secrets(headers: &HeaderMap) -> String {
    let shown = headers.iter().map(|(name, value)| {
        let text = String::from_utf8_lossy(value.as_bytes());
        let is_kept = KEPT_HEADERS.contains(&name.as_str());
        let text = if is_kept { text.chars().take(LONGEST_VALUE).collect() } else { "***".to_owned() };
        (name.as_str().to_owned(), serde_json::Value::String(text))
    });
    serde_json::Value::Object(shown.collect()).to_string()
}

/// Who sent it.
fn sender(peer: SocketAddr) -> String {
    network(peer.ip())
}

/// An address, of version 6 the network of a household.
pub(super) fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
    }
}
