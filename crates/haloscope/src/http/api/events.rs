//! What changes while somebody looks, as server-sent events.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, State as Shared};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::Stream;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use super::State;
use super::connections::{find, summaries};
use super::sync;
use crate::accounts::Permission;
use crate::background::board::Live;
use crate::background::server::View;
use crate::http::app::{App, Place};
use crate::http::error::ApiError;
use crate::http::extract::In;
use crate::http::guard;
use crate::store::Connection;

/// Between two looks: nobody sees more than four changes a second.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// What does not tell when it changes is looked at so often.
const BETWEEN_FULL_LOOKS: Duration = Duration::from_secs(2);
/// Something is sent at least that often, so that no proxy thinks the line dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How all connections stand: at once, and whenever that changes. Event `connections`: a list of `ConnectionSummary`.
#[utoipa::path(get, path = "/api/v1/events", operation_id = "event_stream", tag = "Live",
    responses((status = 200, body = String, content_type = "text/event-stream")))]
pub(super) async fn event_stream(
    Shared(app): State,
    Extension(peer): Extension<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    stream(app, None, (peer, headers)).into_response()
}

/// How one connection is read: at once, and whenever that changes. Events: `sync` with a `SyncView`, `webhook` with
/// `newest_delivery` (of all connections), `runs` with `newest_run`.
#[utoipa::path(get, path = "/api/v1/connections/{id}/events", operation_id = "connection_events", tag = "Live",
    params(("id" = i64, Path)), responses((status = 200, body = String, content_type = "text/event-stream")))]
pub(super) async fn connection_events(
    Shared(app): State,
    Extension(peer): Extension<SocketAddr>,
    headers: HeaderMap,
    In(id): In<i64>,
) -> Result<Response, ApiError> {
    find(&app.place(), id).await?;
    Ok(stream(app, Some(id), (peer, headers)).into_response())
}

/// What was sent last, by name of the event.
type Sent = Vec<(&'static str, Value)>;

/// Who asked: an end of the session ends the stream.
type Asker = (SocketAddr, HeaderMap);

struct Watcher {
    app: Arc<App>,
    asker: Asker,
    connection: Option<i64>,
    sent: Sent,
    /// What is to be sent.
    ready: Vec<Event>,
    boards: Vec<watch::Receiver<Live>>,
    views: watch::Receiver<Option<View>>,
    /// Sample data is shown.
    is_sample: bool,
    looked_at: Option<Instant>,
}

fn stream(app: Arc<App>, connection: Option<i64>, asker: Asker) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (views, is_sample) = (app.place().hosted.views(), app.samples.shown().is_some());
    let (sent, ready, boards) = (Vec::new(), Vec::new(), Vec::new());
    let mut watcher = Watcher { app, asker, connection, sent, ready, boards, views, is_sample, looked_at: None };
    watcher.watch_boards();
    let events = futures_util::stream::unfold(watcher, |mut watcher| async {
        watcher.next().await.map(|event| (Ok(event), watcher))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive"))
}

impl Watcher {
    /// The next event; none when the server stops, or the session has ended.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop() {
                return Some(event);
            }
            if self.looked_at.is_some() {
                self.wait().await?;
            }
            self.look().await?;
        }
    }

    /// Waits until something changed, or may have.
    async fn wait(&mut self) -> Option<()> {
        let full = self.looked_at.unwrap_or_else(Instant::now) + BETWEEN_FULL_LOOKS;
        loop {
            tokio::select! {
                () = self.app.stop.cancelled() => return None,
                () = tokio::time::sleep(BETWEEN_LOOKS) => {}
            }
            let is_sample = self.app.samples.shown().is_some();
            if is_sample != self.is_sample {
                (self.is_sample, self.views) = (is_sample, self.app.place().hosted.views());
                self.watch_boards();
                return Some(());
            }
            if self.views.has_changed().unwrap_or(true) {
                self.watch_boards();
                return Some(());
            }
            if Instant::now() >= full || self.boards.iter().any(|board| board.has_changed().unwrap_or(false)) {
                return Some(());
            }
        }
    }

    fn watch_boards(&mut self) {
        let view = self.views.borrow_and_update().clone();
        self.boards = view.iter().flat_map(View::connections).map(|serving| serving.board.live()).collect();
    }

    async fn look(&mut self) -> Option<()> {
        self.looked_at = Some(Instant::now());
        if !guard::may_still(&self.app, self.asker.0, &self.asker.1, Permission::ReadConnections).await {
            return None;
        }
        for board in &mut self.boards {
            board.borrow_and_update();
        }
        let place = self.app.place();
        let found = match self.connection {
            None => summaries(&place).await.map(|summaries| vec![("connections", value(&summaries))]),
            Some(id) => match find(&place, id).await {
                Ok(connection) => of_connection(&place, &connection).await,
                Err(error) => Err(error),
            },
        };
        // A store that is away for a moment is not the end.
        let Ok(found) = found else { return Some(()) };
        for (name, data) in found.into_iter().rev() {
            let is_same = self.sent.iter().any(|(known, before)| *known == name && *before == data);
            if !is_same {
                self.ready.push(Event::default().event(name).data(data.to_string()));
                self.sent.retain(|(known, _)| *known != name);
                self.sent.push((name, data));
            }
        }
        Some(())
    }
}

async fn of_connection(place: &Place, connection: &Connection) -> Result<Sent, ApiError> {
    let store = &place.installation.store;
    let newest_run = store.run_list(connection.id, 1).await?.pop();
    let newest_run = newest_run.map(|run| json!({ "newest_run": run.id.0, "outcome": run.outcome }));
    let newest_delivery = store.deliveries_newest().await?;
    let waiting = store.deliveries_pending(connection.id).await?.waiting;
    Ok(vec![
        ("sync", value(&sync::view(place, connection).await?)),
        ("webhook", json!({ "newest_delivery": newest_delivery, "waiting": waiting })),
        ("runs", newest_run.unwrap_or_else(|| json!({ "newest_run": 0 }))),
    ])
}

fn value<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
