//! How long everything waits after a refusal.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(60);

/// The pause after refusals: what HaloPSA asks for, else 5 s, doubled each time up to 60 s and never longer than the window.
#[derive(Debug, Clone)]
pub(super) struct Pause {
    window: Duration,
    began: Duration,
    until: Duration,
    streak: u32,
}

impl Pause {
    pub(super) fn new(window: Duration) -> Self {
        Self { window, began: Duration::ZERO, until: Duration::ZERO, streak: 0 }
    }

    /// What is left of it.
    pub(super) fn left(&self, now: Duration) -> Option<Duration> {
        self.until.checked_sub(now).filter(|left| !left.is_zero())
    }

    /// Whether a refusal of a request sent at `sent` belongs to the burst that began this pause.
    pub(super) fn covers(&self, sent: Duration) -> bool {
        self.streak > 0 && sent <= self.began
    }

    /// Pauses because a request sent at `sent` was refused at `now`. `jitter` is 0 to 1. Answers with what is left of the pause.
    pub(super) fn refused(&mut self, sent: Duration, now: Duration, hint: Option<Duration>, jitter: f64) -> Duration {
        if !self.covers(sent) {
            self.began = now;
            self.streak += 1;
        }
        let wait = hint.unwrap_or_else(|| self.back_off().mul_f64(0.75 + 0.25 * jitter.clamp(0.0, 1.0)));
        self.until = self.until.max(if hint.is_some() { now } else { self.began } + wait);
        self.left(now).unwrap_or_default()
    }

    /// A request sent at `sent` was accepted.
    pub(super) fn accepted(&mut self, sent: Duration) {
        if sent > self.began {
            self.streak = 0;
        }
    }

    fn back_off(&self) -> Duration {
        let doubled = FIRST.saturating_mul(2_u32.saturating_pow(self.streak.saturating_sub(1)));
        doubled.min(LONGEST).min(self.window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn it_doubles_up_to_a_minute_and_starts_again_after_success() {
        let mut pause = Pause::new(300 * SECOND);
        let mut now = SECOND;
        for expected in [5, 10, 20, 40, 60, 60] {
            assert_eq!(pause.refused(now, now, None, 1.0), expected * SECOND);
            now += 100 * SECOND;
        }
        pause.accepted(now);
        assert_eq!(pause.refused(now, now, None, 1.0), 5 * SECOND);
    }

    #[test]
    fn one_burst_is_one_pause() {
        let mut pause = Pause::new(300 * SECOND);
        assert_eq!(pause.refused(SECOND, 2 * SECOND, None, 1.0), 5 * SECOND);
        assert_eq!(pause.refused(2 * SECOND, 3 * SECOND, None, 1.0), 4 * SECOND);
        assert_eq!(pause.left(7 * SECOND), None);
    }

    #[test]
    fn a_short_window_makes_it_short_and_a_hint_decides() {
        let mut pause = Pause::new(2 * SECOND);
        assert_eq!(pause.refused(SECOND, SECOND, None, 1.0), 2 * SECOND);
        assert_eq!(pause.refused(SECOND, SECOND, Some(17 * SECOND), 0.0), 17 * SECOND);
    }
}
