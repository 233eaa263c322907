//! The socket of the holder, with a client in the same process.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use haloscope::control::{
    Answers, ControlClient, ControlError, Copying, Event, EventSink, Failure, Handler, Request, Server, serve,
};
use haloscope::folder::{DataFolder, FolderPaths};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::child::holder_of;

/// Tells the test what it saw.
struct Scripted(mpsc::UnboundedSender<String>);

impl Handler for Scripted {
    async fn handle(&self, request: Request, events: EventSink) -> Result<(), Failure> {
        let say = |what: &str| self.0.send(what.to_owned()).unwrap();
        match request {
            Request::Ping | Request::Yield | Request::Webhook { .. } | Request::UserLink { .. } => Ok(()),
            Request::Status { .. } => {
                for n in 0..3 {
                    events.data(&json!({"n": n})).await.unwrap();
                }
                Err(Failure::new("broken", &std::io::Error::other("the reason")))
            }
            Request::Snapshot => {
                let copying = events.paused().await;
                say(if copying == Copying::Copied { "copied" } else { "abandoned" });
                Ok(())
            }
            Request::Sync { .. } => {
                say("started");
                events.cancelled().cancelled().await;
                say("cancelled");
                Ok(())
            }
            Request::Verify { .. } => {
                events.data(&"x".repeat(2 << 20)).await.unwrap_err();
                Ok(())
            }
        }
    }
}

struct Holding {
    paths: FolderPaths,
    seen: mpsc::UnboundedReceiver<String>,
    stop: CancellationToken,
    server: Server,
    place: TempDir,
}

impl Holding {
    fn start() -> Self {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().to_owned();
        Self::start_at(&path, place)
    }

    fn start_at(path: &Path, place: TempDir) -> Self {
        let folder = Arc::new(DataFolder::open(path).unwrap());
        let paths = folder.paths().clone();
        let (sender, seen) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let server = serve(folder, Arc::new(Scripted(sender)), stop.clone()).unwrap();
        Self { paths, seen, stop, server, place }
    }

    async fn ask(&self, request: Request) -> Answers {
        ControlClient::connect(&self.paths).await.unwrap().expect("somebody listens").ask(&request).await.unwrap()
    }

    /// Sends bytes that no client of ours would send; returns the first line of the answer.
    async fn send(&self, bytes: &[u8]) -> String {
        let (read, mut write) = UnixStream::connect(self.paths.socket()).await.unwrap().into_split();
        // The server may close before it has read everything.
        let _ = write.write_all(bytes).await;
        let mut line = String::new();
        BufReader::new(read).read_line(&mut line).await.unwrap();
        line
    }

    async fn saw(&mut self, what: &str) {
        let seen = tokio::time::timeout(Duration::from_secs(20), self.seen.recv()).await;
        assert_eq!(seen.expect("in time").as_deref(), Some(what));
    }
}

const SYNC: Request =
    Request::Sync { connection: None, full: false, accept_absences: Vec::new(), with: Vec::new(), without: Vec::new() };

#[tokio::test]
async fn events_then_the_end() {
    let holding = Holding::start();
    assert_eq!(holding.ask(Request::Ping).await.next().await.unwrap(), None);
    let mut answers = holding.ask(Request::Status { connection: Some("main".to_owned()) }).await;
    for n in 0..3 {
        assert_eq!(answers.next().await.unwrap(), Some(Event::Data(json!({"n": n}))));
    }
    let error = answers.next().await.unwrap_err();
    assert!(matches!(&error, ControlError::Refused(failure) if failure.code == "broken"), "{error:?}");
    assert_eq!(error.to_string(), "the reason");
}

#[tokio::test]
async fn only_the_owner_may_connect() {
    use std::os::unix::fs::PermissionsExt as _;
    let holding = Holding::start();
    assert_eq!(fs::metadata(holding.paths.socket()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_snapshot_waits_for_its_copy() {
    let mut holding = Holding::start();
    let mut answers = holding.ask(Request::Snapshot).await;
    assert_eq!(answers.next().await.unwrap(), Some(Event::Paused));
    answers.copied().await.unwrap();
    assert_eq!(answers.next().await.unwrap(), None);
    holding.saw("copied").await;

    let mut answers = holding.ask(Request::Snapshot).await;
    assert_eq!(answers.next().await.unwrap(), Some(Event::Paused));
    drop(answers);
    holding.saw("abandoned").await;
}

#[tokio::test]
async fn a_client_that_goes_away_cancels() {
    let mut holding = Holding::start();
    let answers = holding.ask(SYNC).await;
    holding.saw("started").await;
    drop(answers);
    holding.saw("cancelled").await;
}

#[tokio::test]
async fn stopping_ends_requests_and_leaves_nothing() {
    let mut holding = Holding::start();
    let mut answers = holding.ask(SYNC).await;
    holding.saw("started").await;
    holding.stop.cancel();
    holding.saw("cancelled").await;
    assert_eq!(answers.next().await.unwrap(), None);
    holding.server.ended().await;
    assert!(!holding.paths.socket().exists());
    assert!(ControlClient::connect(&holding.paths).await.unwrap().is_none());
    DataFolder::open(holding.place.path()).expect("the server no longer holds the folder");
}

#[tokio::test]
async fn no_socket_and_a_stale_one_are_nobody() {
    let place = tempfile::tempdir().unwrap();
    let paths = FolderPaths::new(place.path().join("folder"));
    assert!(ControlClient::connect(&paths).await.unwrap().is_none());
    drop(holder_of(paths.folder()));
    drop(std::os::unix::net::UnixListener::bind(paths.socket()).unwrap());
    assert!(paths.socket().exists(), "as after a crash");
    assert!(ControlClient::connect(&paths).await.unwrap().is_none());
    let holding = Holding::start_at(paths.folder(), place);
    assert_eq!(holding.ask(Request::Ping).await.next().await.unwrap(), None);
}

#[tokio::test]
async fn a_folder_with_a_long_path() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("a".repeat(200)).join("b".repeat(200));
    let holding = Holding::start_at(&path, place);
    assert!(path.join("socket").exists());
    assert_eq!(holding.ask(Request::Ping).await.next().await.unwrap(), None);
}

#[tokio::test]
async fn strange_requests_are_refused() {
    let holding = Holding::start();
    let long = format!("{{\"request\":\"{}\"}}\n", "x".repeat(2 << 20));
    let deep = format!("{}\n", "[".repeat(10_000));
    for bytes in ["\n", "no json\n", "{\"request\":\"fly\"}\n", "\u{0}\u{1}\n", long.as_str(), deep.as_str()] {
        let answer = holding.send(bytes.as_bytes()).await;
        let start: String = bytes.chars().take(20).collect();
        assert!(answer.starts_with(r#"{"event":"error","code":"bad_request""#), "{start}: {answer}");
    }
    assert_eq!(holding.ask(Request::Ping).await.next().await.unwrap(), None);
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_an_error() {
    let holding = Holding::start();
    let error = holding.ask(Request::Verify { connection: None }).await.next().await.unwrap_err();
    assert!(matches!(&error, ControlError::Refused(failure) if failure.code == "too_long"), "{error:?}");
}

#[tokio::test]
async fn too_many_clients_are_told_so() {
    let mut holding = Holding::start();
    let mut clients = Vec::new();
    for _ in 0..32 {
        clients.push(holding.ask(SYNC).await);
        holding.saw("started").await;
    }
    let error = holding.ask(Request::Ping).await.next().await.unwrap_err();
    assert!(matches!(&error, ControlError::Refused(failure) if failure.code == "busy"), "{error:?}");
    drop(clients);
    for _ in 0..32 {
        holding.saw("cancelled").await;
    }
}
