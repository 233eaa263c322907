//! A receiver that keeps what it hears and answers as it is told.

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

/// One call that was heard.
#[derive(Clone)]
pub(super) struct Heard {
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) raw: Bytes,
}

impl Heard {
    pub(super) fn body(&self) -> Value {
        serde_json::from_slice(&self.raw).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

#[derive(Default)]
struct Inside {
    heard: Mutex<Vec<Heard>>,
    status: AtomicU16,
    wait_ms: AtomicU64,
    /// Calls that are being answered, and the most there ever were.
    present: AtomicU64,
    most: AtomicU64,
}

/// See the module.
pub(super) struct Receiver {
    port: u16,
    inside: Arc<Inside>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let inside = Arc::new(Inside { status: AtomicU16::new(200), ..Inside::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let app = Router::new().fallback(hear).with_state(Arc::clone(&inside));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { port, inside }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hooks/halo", self.port)
    }

    /// Answers with this status from now on.
    pub(super) fn answer(&self, status: u16) {
        self.inside.status.store(status, Ordering::Relaxed);
    }

    /// Takes so long to answer from now on.
    pub(super) fn wait(&self, wait: Duration) {
        self.inside.wait_ms.store(u64::try_from(wait.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// The most calls that were answered at once.
    pub(super) fn most(&self) -> u64 {
        self.inside.most.load(Ordering::Relaxed)
    }

    /// What was heard since the last time.
    pub(super) fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut self.inside.heard.lock().unwrap())
    }

    pub(super) fn bodies(&self) -> Vec<Value> {
        self.heard().iter().map(Heard::body).collect()
    }
}

async fn hear(State(inside): State<Arc<Inside>>, method: Method, headers: HeaderMap, raw: Bytes) -> StatusCode {
    inside.heard.lock().unwrap().push(Heard { method, headers, raw });
    inside.most.fetch_max(inside.present.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
    let wait = Duration::from_millis(inside.wait_ms.load(Ordering::Relaxed));
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    inside.present.fetch_sub(1, Ordering::Relaxed);
    StatusCode::from_u16(inside.status.load(Ordering::Relaxed)).unwrap()
}
