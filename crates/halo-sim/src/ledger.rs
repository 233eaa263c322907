//! What was asked of the simulator, and the request limit.
//!
//! Memory is bounded: one time stamp per request inside the window and one counter per path.

use std::collections::{BTreeMap, VecDeque};

use crate::clock::Micros;

/// Counts requests by the time of their arrival.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Arrivals of admitted requests that still lie in the window.
    window: VecDeque<Micros>,
    pub(crate) requests: u64,
    pub(crate) by_path: BTreeMap<String, u64>,
    pub(crate) max_in_any_window: usize,
    pub(crate) rejected_429: u64,
    pub(crate) tokens_issued: u64,
    pub(crate) token_requests: u64,
    /// Answers that a trap spoilt.
    pub(crate) by_trap: BTreeMap<&'static str, u64>,
}

/// Paths counted one by one; later ones share one counter, so that a scan for paths cannot fill memory.
const PATHS: usize = 500;

impl Ledger {
    /// Whether one more request fits: no window of `length`, wherever it starts, ever holds more than
    /// `limit` admitted requests. A refused request does not use up the window.
    pub(crate) fn admit(&mut self, now: Micros, length: Micros, limit: usize) -> bool {
        while self.window.front().is_some_and(|arrival| *arrival <= now - length) {
            self.window.pop_front();
        }
        if self.window.len() >= limit {
            self.rejected_429 += 1;
            return false;
        }
        self.window.push_back(now);
        self.max_in_any_window = self.max_in_any_window.max(self.window.len());
        self.requests += 1;
        true
    }

    /// How long until a request fits again, if it does not fit now.
    pub(crate) fn wait(&self, now: Micros, length: Micros) -> Micros {
        self.window.front().map_or(0, |arrival| (arrival + length - now).max(0))
    }

    pub(crate) fn count_trap(&mut self, name: &'static str) {
        *self.by_trap.entry(name).or_default() += 1;
    }

    pub(crate) fn count_path(&mut self, path: String) {
        let path = if self.by_path.len() < PATHS || self.by_path.contains_key(&path) { path } else { "other".into() };
        *self.by_path.entry(path).or_default() += 1;
    }

    /// Forgets the counts, not the window: a reset must not hand out a second budget.
    pub(crate) fn reset(&mut self) {
        let window = std::mem::take(&mut self.window);
        *self = Self { max_in_any_window: window.len(), window, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_holds_more_than_the_limit() {
        let mut ledger = Ledger::default();
        let admitted: Vec<Micros> = (0..1_000).map(|step| step * 7).filter(|at| ledger.admit(*at, 100, 3)).collect();
        for start in &admitted {
            let inside = admitted.iter().filter(|at| (*start..start + 100).contains(at)).count();
            assert!(inside <= 3, "{inside} requests from {start}");
        }
        assert_eq!(ledger.max_in_any_window, 3);
        assert_eq!(ledger.requests + ledger.rejected_429, 1_000);
    }

    #[test]
    fn a_request_leaves_the_window_after_exactly_its_length() {
        let mut ledger = Ledger::default();
        assert!(ledger.admit(0, 100, 1));
        assert!(!ledger.admit(99, 100, 1));
        assert!(ledger.admit(100, 100, 1));
    }

    #[test]
    fn a_reset_gives_no_second_budget() {
        let mut ledger = Ledger::default();
        assert!(ledger.admit(0, 100, 1));
        ledger.reset();
        assert!(!ledger.admit(1, 100, 1));
        assert_eq!((ledger.requests, ledger.rejected_429), (0, 1));
    }
}
