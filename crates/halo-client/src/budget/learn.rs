//! What a refusal (429) teaches about the real limit.

use std::time::Duration;

/// What HaloPSA said when it refused a request because of its limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refusal {
    /// How long it asks us to wait, if it says so.
    pub retry_after: Option<Duration>,
    /// The limit that it names, if it does.
    pub stated_limit: Option<u32>,
}

/// The limit of the settings, and what refusals made of it.
///
/// A refusal that names a limit is believed. One that comes when at least half of the known limit is in the window means that the
/// limit is what was in the window. One that comes earlier has another cause (another integration, a hiccup): only the third such in
/// a row halves what we use, so that one stray answer does not slow everything down for good. What HaloPSA did not name itself is
/// doubted again: after [`QUIET_WINDOWS`] without a refusal a little more is tried.
#[derive(Debug, Clone)]
pub(super) struct Learned {
    configured: u32,
    limit: Option<u32>,
    unexplained: u32,
    /// HaloPSA named the limit itself.
    is_stated: bool,
    /// When it refused something last, or when that was first looked at.
    quiet_since: Option<Duration>,
}

/// An hour, where a window has five minutes.
const QUIET_WINDOWS: u32 = 12;
/// Share of the configured limit that is tried more then.
const STEP: u32 = 16;

impl Learned {
    pub(super) fn new(configured: u32, limit: Option<u32>) -> Self {
        let limit = limit.map(|limit| limit.max(1)).filter(|limit| *limit < configured);
        Self { configured, limit, unexplained: 0, is_stated: false, quiet_since: None }
    }

    /// The limit to keep now.
    pub(super) fn known(&self) -> u32 {
        self.limit.unwrap_or(self.configured)
    }

    pub(super) fn limit(&self) -> Option<u32> {
        self.limit
    }

    /// Learns from a refusal with `counted` accepted requests in the window. `first` is false for further refusals of the same burst.
    pub(super) fn refused(&mut self, stated: Option<u32>, counted: u32, first: bool, now: Duration) {
        let known = self.known();
        self.quiet_since = Some(now);
        if let Some(stated) = stated {
            self.lower_to(stated);
            self.is_stated = self.limit == Some(stated.max(1));
        } else if counted.saturating_mul(2) >= known {
            self.lower_to(counted);
        } else if first {
            self.unexplained += 1;
            if self.unexplained >= 3 {
                self.lower_to(known / 2);
            }
        }
    }

    fn lower_to(&mut self, limit: u32) {
        self.unexplained = 0;
        if limit < self.known() {
            self.limit = Some(limit.max(1));
            self.is_stated = false;
        }
    }

    /// A request was accepted: refusals before it are no longer in a row.
    pub(super) fn accepted(&mut self, counted: u32, now: Duration, window: Duration) {
        if counted.saturating_mul(2) >= self.known() {
            self.unexplained = 0;
        }
        let quiet = now.saturating_sub(*self.quiet_since.get_or_insert(now));
        if let Some(limit) = self.limit.filter(|_| !self.is_stated && quiet >= window * QUIET_WINDOWS) {
            self.quiet_since = Some(now);
            let raised = limit + (self.configured / STEP).max(1);
            self.limit = Some(raised).filter(|raised| *raised < self.configured);
        }
    }

    pub(super) fn forget(&mut self) {
        *self = Self::new(self.configured, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_000);
    const WINDOW: Duration = Duration::from_secs(300);

    #[test]
    fn the_limit_is_what_was_in_the_window() {
        let mut learned = Learned::new(450, None);
        learned.refused(None, 305, true, NOW);
        learned.refused(None, 300, false, NOW);
        assert_eq!(learned.limit(), Some(300));
        learned.refused(None, 299, true, NOW);
        assert_eq!(learned.known(), 299);
        learned.forget();
        assert_eq!(learned.known(), 450);
    }

    #[test]
    fn a_stated_limit_is_believed_but_never_raises_ours() {
        let mut learned = Learned::new(450, None);
        learned.refused(Some(300), 12, true, NOW);
        assert_eq!(learned.limit(), Some(300));
        learned.refused(Some(700), 12, true, NOW);
        assert_eq!(learned.limit(), Some(300));
        learned.refused(Some(0), 12, true, NOW);
        assert_eq!(learned.limit(), Some(1));
    }

    #[test]
    fn stray_refusals_need_three_in_a_row() {
        let mut learned = Learned::new(450, None);
        (0..2).for_each(|_| learned.refused(None, 30, true, NOW));
        learned.refused(None, 29, false, NOW);
        assert_eq!(learned.limit(), None);
        learned.refused(None, 30, true, NOW);
        assert_eq!(learned.limit(), Some(225));
    }

    #[test]
    fn what_was_only_concluded_is_doubted_after_an_hour_without_refusals() {
        let mut learned = Learned::new(450, None);
        learned.refused(None, 420, true, NOW);
        learned.accepted(400, NOW + 11 * WINDOW, WINDOW);
        assert_eq!(learned.limit(), Some(420));
        learned.accepted(400, NOW + 12 * WINDOW, WINDOW);
        assert_eq!(learned.limit(), Some(448));
        learned.accepted(400, NOW + 13 * WINDOW, WINDOW);
        assert_eq!(learned.limit(), Some(448));
        learned.accepted(400, NOW + 24 * WINDOW, WINDOW);
        assert_eq!(learned.limit(), None);
        learned.refused(Some(300), 300, true, NOW + 24 * WINDOW);
        learned.accepted(200, NOW + 99 * WINDOW, WINDOW);
        assert_eq!(learned.limit(), Some(300), "what HaloPSA named is believed");
    }
}
