//! Accepts connections and has a router answer them. How many there are, and how long each may take to say what it wants, is
//! bounded.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// Connections at once.
const CONNECTIONS: usize = 2_000;
/// Time for the head of a request, and bytes of it at most.
const FOR_A_HEAD: Duration = Duration::from_secs(10);
const LARGEST_HEAD: usize = 64 << 10;

/// Answers until `stop` fires; what is being answered then is answered. Handlers find the sender's address as an extension.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let (places, open) = (Arc::new(Semaphore::new(CONNECTIONS)), TaskTracker::new());
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        if let Some((stream, sender, place)) = accepted {
            open.spawn(answer(stream, sender, router.clone(), stop.clone(), place));
        }
    }
    open.close();
    open.wait().await;
}

async fn answer(
    stream: TcpStream,
    sender: SocketAddr,
    router: Router,
    stop: CancellationToken,
    place: OwnedSemaphorePermit,
) {
    let service = router.map_request(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(sender);
        request.map(Body::new)
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(FOR_A_HEAD).max_buf_size(LARGEST_HEAD);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = std::pin::pin!(connection);
    // An error here is one of the sender's: it has gone, or sent no HTTP.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
    drop(place);
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.expect("it is never closed");
    match listener.accept().await {
        Ok((stream, peer)) => {
            let _ = stream.set_nodelay(true);
            Some((stream, peer, place))
        }
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}
