//! Ctrl-C and SIGTERM stop what runs; it goes on where it was the next time.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that the next signal cancels. A second signal ends the process at once.
pub(super) fn on_signal() -> CancellationToken {
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        next().await;
        cancel.cancel();
        next().await;
        std::process::exit(130);
    });
    token
}

/// Waits for a signal that asks the process to end.
pub(super) async fn next() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
