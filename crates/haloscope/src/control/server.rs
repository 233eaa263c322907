//! The holder's side.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Mutex, Notify};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::address::Address;
use super::line::{self, LineReader};
use super::protocol::{ClientLine, ControlError, Failure, HolderLine, Request};
use crate::folder::DataFolder;

/// Clients at the same time; one more is told to come back.
const MOST_CLIENTS: usize = 32;
/// A client asks at once or not at all.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// A client that does not read for so long counts as gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest time for a copy of the warehouse.
const COPY_TIMEOUT: Duration = Duration::from_secs(60);
/// Time for a cancelled request to end by itself, before it is dropped.
const CANCEL_GRACE: Duration = Duration::from_secs(10);

/// Carries out requests.
pub trait Handler: Send + Sync + 'static {
    /// Carries out one request and tells about it; `done` or `error` is sent by the caller. When the client goes away or
    /// the server stops, [`EventSink::cancelled`] fires; the future is dropped if it does not end soon after.
    fn handle(&self, request: Request, events: EventSink) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// The client has gone; nobody reads any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the process that asked has gone")]
pub struct Gone;

/// How a copy ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copying {
    /// The client has made its copy.
    Copied,
    /// The client went away or took longer than a minute: its copy is worth nothing.
    Abandoned,
}

/// Tells the client of one request what happens. Copies tell the same client.
#[derive(Clone)]
pub struct EventSink {
    /// `None` after a write that failed: what follows half a line would not be understood.
    write: Arc<Mutex<Option<OwnedWriteHalf>>>,
    cancelled: CancellationToken,
    copied: Arc<Notify>,
}

impl EventSink {
    /// Sends progress or a result.
    ///
    /// # Errors
    /// [`Gone`] when the client has gone, which includes that it was sent away because the value is longer than 1 MiB.
    ///
    /// # Panics
    /// When the value cannot be JSON, such as a map whose keys are no texts.
    pub async fn data<T: Serialize + Sync>(&self, value: &T) -> Result<(), Gone> {
        let data = serde_json::to_value(value).expect("events are made of types that can be JSON");
        self.send(&HolderLine::Data { data }).await
    }

    /// Says `paused` and waits until the client has made its copy. The caller holds the writer meanwhile.
    pub async fn paused(&self) -> Copying {
        let copied = async {
            self.send(&HolderLine::Paused).await?;
            tokio::select! {
                () = self.copied.notified() => Ok(()),
                () = self.cancelled.cancelled() => Err(Gone),
            }
        };
        match timeout(COPY_TIMEOUT, copied).await {
            Ok(Ok(())) => Copying::Copied,
            Ok(Err(Gone)) | Err(_) => Copying::Abandoned,
        }
    }

    /// Fires when the client has gone or the server stops.
    pub fn cancelled(&self) -> &CancellationToken {
        &self.cancelled
    }

    async fn send(&self, line: &HolderLine) -> Result<(), Gone> {
        let mut slot = self.write.lock().await;
        let mut half = slot.take().ok_or(Gone)?;
        match timeout(WRITE_TIMEOUT, line::write(&mut half, line)).await {
            Ok(Ok(())) => {
                *slot = Some(half);
                return Ok(());
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                let too_long = HolderLine::Error(Failure::because("too_long", "the answer is too long for the socket"));
                let _ = timeout(WRITE_TIMEOUT, line::write(&mut half, &too_long)).await;
            }
            Ok(Err(_)) | Err(_) => {}
        }
        self.cancelled.cancel();
        Err(Gone)
    }

    async fn end(&self, result: Result<(), Failure>) {
        let line = result.map_or_else(HolderLine::Error, |()| HolderLine::Done);
        // Whoever does not read the last line has gone, which is no news to anyone.
        let _ = self.send(&line).await;
    }
}

/// A listening holder.
#[derive(Debug)]
pub struct Server(JoinHandle<()>);

impl Server {
    /// Waits until all requests have ended; only after it was told to stop.
    pub async fn ended(self) {
        if let Err(error) = self.0.await {
            tracing::error!(%error, "the control socket ended in an unexpected way");
        }
    }
}

/// Answers at the socket of the folder until told to stop; holds the folder meanwhile. Must be called inside a Tokio
/// runtime.
///
/// # Errors
/// [`ControlError::Bind`].
pub fn serve<H: Handler>(
    folder: Arc<DataFolder>,
    handler: Arc<H>,
    stop: CancellationToken,
) -> Result<Server, ControlError> {
    let listener = bind(&folder).map_err(|source| ControlError::Bind { path: folder.paths().socket(), source })?;
    Ok(Server(tokio::spawn(async move {
        accept(listener, handler, stop, &folder.paths().socket()).await;
        drop(folder);
    })))
}

/// A socket file that is there already was left by a crash: only the holder of the folder comes here.
fn bind(folder: &DataFolder) -> io::Result<UnixListener> {
    let path = folder.paths().socket();
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(Address::of(&path)?.path())?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn accept<H: Handler>(listener: UnixListener, handler: Arc<H>, stop: CancellationToken, socket: &Path) {
    let mut clients = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = clients.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) if clients.len() < MOST_CLIENTS => {
                clients.spawn(converse(stream, Arc::clone(&handler), stop.child_token()));
            }
            Ok((stream, _)) => refuse(&stream).await,
            Err(error) => {
                tracing::warn!(%error, "a client of the control socket could not be accepted");
                // Out of file handles, usually: accepting again at once would only spin.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    // Before those who are still answered: the next one to listen binds here.
    let _ = fs::remove_file(socket);
    while clients.join_next().await.is_some() {}
}

/// One line into the empty buffer of a fresh socket never waits.
async fn refuse(stream: &UnixStream) {
    let busy =
        HolderLine::Error(Failure::because("busy", "the process that holds the data folder has too many clients"));
    let mut line = serde_json::to_vec(&busy).expect("a failure is two texts");
    line.push(b'\n');
    if stream.writable().await.is_ok() {
        let _ = stream.try_write(&line);
    }
}

async fn converse<H: Handler>(stream: UnixStream, handler: Arc<H>, cancelled: CancellationToken) {
    let (read, write) = stream.into_split();
    let events = EventSink { write: Arc::new(Mutex::new(Some(write))), cancelled, copied: Arc::default() };
    let mut lines = LineReader::new(read);
    match timeout(REQUEST_TIMEOUT, lines.next()).await {
        Ok(Ok(Some(request))) => carry_out(&*handler, request, lines, &events).await,
        Ok(Ok(None)) | Err(_) => {}
        Ok(Err(error)) => {
            let message = format!("the request is not understood: {error}");
            events.end(Err(Failure::because("bad_request", message))).await;
        }
    }
}

async fn carry_out<H: Handler>(handler: &H, request: Request, lines: LineReader, events: &EventSink) {
    let mut handling = pin!(handler.handle(request, events.clone()));
    tokio::select! {
        result = &mut handling => return events.end(result).await,
        () = listen(lines, events) => {}
        () = events.cancelled.cancelled() => {}
    }
    events.cancelled.cancel();
    let stopped = || Err(Failure::because("stopped", "the process that holds the data folder ends"));
    let result = timeout(CANCEL_GRACE, handling).await.unwrap_or_else(|_| stopped());
    events.end(result).await;
}

/// Ends when the client has gone or says something strange.
async fn listen(mut lines: LineReader, events: &EventSink) {
    while let Ok(Some(ClientLine::Copied)) = lines.next().await {
        events.copied.notify_one();
    }
}
