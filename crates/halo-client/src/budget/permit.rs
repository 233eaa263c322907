//! The permission to send one request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::driver::Shared;
use super::learn::Refusal;

/// The permission to send one request, and the slot that it takes.
///
/// Dropped before [`Permit::sent`] it gives the slot back; after it, without an answer, the slot stays taken as long as HaloPSA may
/// count the request.
pub struct Permit {
    shared: Arc<Shared>,
    id: u64,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Granted,
    Sent,
    Over,
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("id", &self.id).field("stage", &self.stage).finish_non_exhaustive()
    }
}

impl Permit {
    pub(super) fn new(shared: Arc<Shared>, id: u64) -> Self {
        Self { shared, id, stage: Stage::Granted }
    }

    /// Call right before the first byte goes out.
    pub fn sent(&mut self) {
        self.stage = Stage::Sent;
        self.shared.sent(self.id);
    }

    /// Call when the head of the answer is here, whatever its status.
    pub fn answered(mut self) {
        self.stage = Stage::Over;
        self.shared.answered(self.id);
    }

    /// Call when the answer was 429. Answers with how long the budget sends nothing.
    #[must_use]
    pub fn refused(mut self, refusal: Refusal) -> Duration {
        self.stage = Stage::Over;
        self.shared.refused(self.id, refusal)
    }

    /// Call when it is certain that nothing was sent, as when no connection could be made.
    pub fn not_sent(mut self) {
        self.stage = Stage::Over;
        self.shared.not_sent(self.id);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        match self.stage {
            Stage::Granted => self.shared.not_sent(self.id),
            Stage::Sent => self.shared.gave_up(self.id),
            Stage::Over => {}
        }
    }
}
