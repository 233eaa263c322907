//! When to look at HaloPSA next. Pure rules; the caller has clock and chance.

use std::time::Duration;

use halo_client::Recovery;

/// Shortest wait between two passes.
const SHORTEST: Duration = Duration::from_secs(30);
/// Longest wait between two passes.
const LONGEST: Duration = Duration::from_secs(600);
/// First wait after a pass that failed; it doubles with each further failure.
const FIRST_BACKOFF: Duration = Duration::from_secs(15);
/// Wait where only a person can change something. Who has done so need not wait: `haloscope sync` looks at once.
const WITHOUT_HOPE: Duration = Duration::from_secs(900);
/// Quiet passes take at most this share of the requests that may be sent: one in so many.
const SHARE: u32 = 3;
/// The machine slept, or its clock was set, when clock and monotonic time differ by more than this.
const JUMP: Duration = Duration::from_secs(60);
/// No wait goes on for longer without a look at the clocks.
pub const LOOK: Duration = Duration::from_secs(5);
/// Every row is read again about as often.
const DEEP: Duration = Duration::from_secs(7 * 86_400);
/// But not where that takes longer: nothing else is read meanwhile. A person may ask for it.
const LONGEST_DEEP: Duration = Duration::from_secs(1_800);

/// What HaloPSA accepts, less the reserve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowance {
    /// Requests.
    pub requests: u32,
    /// In any window of this length.
    pub window: Duration,
}

impl Allowance {
    /// How long so many requests take at least, over many windows.
    pub fn time_for(&self, requests: u64) -> Duration {
        self.window.mul_f64(requests as f64 / f64::from(self.requests.max(1)))
    }
}

/// How a pass ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// Both sides were compared.
    Well {
        /// Whether HaloPSA had changed.
        changed: bool,
        /// Requests that looking took; none for a pass that read much for the first time or again.
        requests: Option<u64>,
        /// How long it took.
        took: Duration,
    },
    /// All went well, and there are old rows left to read.
    More {
        /// As above.
        requests: Option<u64>,
    },
    /// Some entities could not be read.
    Partly,
    /// It failed as a whole.
    Failed(Recovery),
}

/// Remembers how the last passes went.
#[derive(Clone, Debug)]
pub struct Pace {
    wait: Duration,
    /// Requests of the cheapest of the last passes: what looking costs when nothing changed.
    costs: [Option<u64>; 4],
    failures: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { wait: SHORTEST, costs: [None; 4], failures: 0 }
    }
}

impl Pace {
    /// How long to wait after a pass. `jitter`: 0 to 1.
    pub fn wait_after(&mut self, ended: &Ended, allowance: Allowance, jitter: f64) -> Duration {
        match ended {
            Ended::Well { changed, requests, took } => {
                self.note(*requests);
                self.wait = if *changed { self.wait / 2 } else { self.wait * 2 }.clamp(SHORTEST, LONGEST);
                self.wait.max(self.floor(allowance).saturating_sub(*took)).min(LONGEST)
            }
            Ended::More { requests } => {
                self.note(*requests);
                self.wait = SHORTEST;
                SHORTEST
            }
            Ended::Partly => self.backoff(jitter).max(self.floor(allowance)).min(LONGEST),
            Ended::Failed(Recovery::After(time)) => self.backoff(jitter).max(*time),
            Ended::Failed(Recovery::AskOperator(_)) => WITHOUT_HOPE,
            Ended::Failed(_) => self.backoff(jitter),
        }
    }

    fn note(&mut self, requests: Option<u64>) {
        self.failures = 0;
        if requests.is_some() {
            self.costs.rotate_right(1);
            self.costs[0] = requests;
        }
    }

    /// From the start of one pass to that of the next, so that looking takes no more than its share of the requests.
    fn floor(&self, allowance: Allowance) -> Duration {
        let cost = self.costs.iter().flatten().min().copied().unwrap_or(0);
        allowance.time_for(cost) * SHARE
    }

    fn backoff(&mut self, jitter: f64) -> Duration {
        let doubled = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        self.wait = SHORTEST;
        doubled.mul_f64(0.5 + jitter / 2.0)
    }
}

/// How many old rows a pass should read for the first time, each with a request of its own: what looking leaves of the
/// requests of a window.
pub fn old_rows(allowance: Allowance) -> u64 {
    u64::from(allowance.requests - allowance.requests / SHARE)
}

/// Whether all rows should be read again. `since`: the last time; `needs`: how many requests that takes.
pub fn is_deep_due(since: Duration, needs: u64, allowance: Allowance) -> bool {
    since >= DEEP && allowance.time_for(needs) <= LONGEST_DEEP
}

/// A wait that ends in time however the machine sleeps and its clock is set.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    began: Duration,
    began_micros: i64,
    time: Duration,
}

impl Wait {
    /// A wait that begins now, by monotonic time and by the clock (microseconds UTC).
    pub fn new(now: Duration, now_micros: i64, time: Duration) -> Self {
        Self { began: now, began_micros: now_micros, time }
    }

    /// How long to sleep before the next look; none when the wait is over. Time that the monotonic clock did not count, as
    /// during sleep, or a clock that was set, ends it.
    pub fn left(&self, now: Duration, now_micros: i64) -> Option<Duration> {
        let passed = now.saturating_sub(self.began);
        let by_clock = i128::from(now_micros) - i128::from(self.began_micros);
        let by_monotonic = i128::try_from(passed.as_micros()).unwrap_or(i128::MAX);
        let jumped = by_clock.abs_diff(by_monotonic) > JUMP.as_micros();
        self.time.checked_sub(passed).filter(|left| !jumped && !left.is_zero()).map(|left| left.min(LOOK))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Allowance = Allowance { requests: 360, window: Duration::from_secs(300) };

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn quiet(requests: u64) -> Ended {
        Ended::Well { changed: false, requests: Some(requests), took: seconds(10) }
    }

    #[test]
    fn quiet_passes_come_later_and_changes_sooner() {
        let mut pace = Pace::default();
        let waits: Vec<_> = (0..6).map(|_| pace.wait_after(&quiet(10), USUAL, 0.5).as_secs()).collect();
        assert_eq!(waits, [60, 120, 240, 480, 600, 600]);
        let busy = Ended::Well { changed: true, requests: Some(50), took: seconds(1) };
        let waits: Vec<_> = (0..6).map(|_| pace.wait_after(&busy, USUAL, 0.5).as_secs()).collect();
        assert_eq!(waits, [300, 150, 75, 124, 124, 124], "after four passes no cheaper one is remembered");
    }

    #[test]
    fn looking_takes_a_third_of_the_requests_at_most() {
        for cost in [1, 40, 100, 200] {
            let mut pace = Pace::default();
            let busy = Ended::Well { changed: true, requests: Some(cost), took: seconds(10) };
            let period = pace.wait_after(&busy, USUAL, 0.5) + seconds(10);
            let rate = cost as f64 / period.as_secs_f64();
            assert!(rate <= 360.0 / 300.0 / 3.0 + 1e-9 || period > LONGEST, "{cost}: {period:?}");
        }
        // What is read once says nothing about what looking costs.
        let first = Ended::Well { changed: true, requests: None, took: seconds(9_000) };
        assert_eq!(Pace::default().wait_after(&first, USUAL, 0.5), SHORTEST);
    }

    #[test]
    fn failures_back_off_and_success_forgets_them() {
        let mut pace = Pace::default();
        let failed = Ended::Failed(Recovery::Backoff);
        let waits: Vec<_> = (0..8).map(|_| pace.wait_after(&failed, USUAL, 1.0).as_secs()).collect();
        assert_eq!(waits, [15, 30, 60, 120, 240, 480, 600, 600]);
        assert_eq!(pace.wait_after(&failed, USUAL, 0.0), seconds(300), "chance spreads the waits");
        pace.wait_after(&quiet(1), USUAL, 0.5);
        assert_eq!(pace.wait_after(&Ended::Partly, USUAL, 1.0), seconds(15));
        let told = Ended::Failed(Recovery::After(seconds(700)));
        assert_eq!(pace.wait_after(&told, USUAL, 0.5), seconds(700));
        let hopeless = Ended::Failed(Recovery::AskOperator("Check the secret.".into()));
        assert_eq!(pace.wait_after(&hopeless, USUAL, 0.5), WITHOUT_HOPE);
    }

    #[test]
    fn everything_is_read_again_each_week_unless_that_takes_long() {
        let day = |days: u64| seconds(days * 86_400);
        // 2,160 requests take half an hour.
        for (since, needs, due) in
            [(day(6), 1, false), (day(7), 1, true), (day(7), 2_160, true), (day(70), 2_161, false)]
        {
            assert_eq!(is_deep_due(since, needs, USUAL), due, "{since:?} {needs}");
        }
    }

    #[test]
    fn old_rows_are_read_with_what_looking_leaves() {
        assert_eq!(old_rows(USUAL), 240);
        assert_eq!(Pace::default().wait_after(&Ended::More { requests: Some(90) }, USUAL, 0.5), SHORTEST);
    }

    #[test]
    fn a_wait_ends_on_time_and_at_every_jump() {
        const NOW: i64 = 1_700_000_000_000_000;
        let wait = Wait::new(seconds(50), NOW, seconds(600));
        let left = |monotonic: u64, clock: i64| wait.left(seconds(50 + monotonic), NOW + clock * 1_000_000);
        assert_eq!(left(0, 0), Some(LOOK));
        assert_eq!(left(598, 598), Some(seconds(2)));
        assert_eq!(left(600, 600), None);
        assert_eq!(left(100, 120), Some(LOOK), "clocks are set a little all the time");
        for hours in [1, 5_000] {
            assert_eq!(left(100, 100 + hours * 3_600), None, "slept, or set ahead");
            assert_eq!(left(100, 100 - hours * 3_600), None, "set back");
        }
    }
}
