//! Compares both sides of a connection for somebody, between two passes. It changes nothing.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::board::{Compared, Doing};
use super::server::Serving;
use super::sync_connection::Failed;
use crate::sync::error::SyncError;
use crate::sync::verify::{self, Verified};

/// Compares all rows of both sides. What was found shows on the board, too. `by`: who asks, where that is known.
///
/// # Errors
/// See [`Failed`].
pub async fn run(
    serving: &Arc<Serving>,
    cancel: CancellationToken,
    by: Option<String>,
) -> Result<Vec<Verified>, Failed> {
    let _turn = serving.board.turn.lock().await;
    let now_ms = || serving.installation.clock.now_micros() / 1000;
    serving.board.set(|live| {
        (live.doing, live.asked_by, live.since_ms) = (Doing::Verifies, by, now_ms());
    });
    let verified = match serving.pass(cancel, Vec::new()).await {
        Ok((pass, _)) => Box::pin(verify::run(&pass)).await.map_err(Failed::from),
        Err(error) => Err(error.into()),
    };
    let compared = Compared {
        at_ms: now_ms(),
        failed: verified.as_ref().err().map(|error| format!("{error}. {}", error.advice())),
        entities: verified.as_ref().map_or(0, Vec::len),
        differing: verified
            .iter()
            .flatten()
            .filter(|one| !one.is_equal() && !one.refused)
            .map(|one| one.entity.clone())
            .collect(),
    };
    let is_stopped = matches!(verified, Err(Failed::Sync(SyncError::Stopped)));
    serving.board.set(|live| {
        (live.doing, live.progress, live.asked_by) = (Doing::Waits, None, None);
        if !is_stopped {
            live.compared = Some(compared);
        }
    });
    verified
}
