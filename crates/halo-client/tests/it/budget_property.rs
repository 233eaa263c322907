//! The promise of the budget, against a model of HaloPSA that notes when each request arrives: never N + 1 in any window,
//! whatever the latencies, cancellations, lost answers and crashes; and nearly all of it used while there is work.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use halo_client::{Budget, BudgetSettings, Clock, Lane, MemoryPermitLog};
use proptest::prelude::*;
use proptest::test_runner::Config;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::clocks::TokioClock;

const WINDOW: Duration = Duration::from_secs(6);
const LONGEST_REQUEST: Duration = Duration::from_secs(2);

fn settings(limit: u32) -> BudgetSettings {
    BudgetSettings { limit, window: WINDOW, reserve_percent: 0, longest_request: LONGEST_REQUEST }
}

/// What a worker does with one permit, drawn at random.
#[derive(Debug, Clone, Copy)]
struct Request {
    lane: Lane,
    until_sent: Duration,
    until_arrival: Duration,
    until_answer: Duration,
    fate: Fate,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Answered,
    /// The future is dropped before anything was sent.
    NeverSent,
    /// The caller gives up; the request may arrive as late as its time-out allows.
    Abandoned,
}

fn requests(max_latency_ms: u64) -> impl Strategy<Value = Vec<Request>> {
    let lane = prop::sample::select(Lane::ALL.to_vec());
    let fate = prop_oneof![8 => Just(Fate::Answered), 1 => Just(Fate::NeverSent), 1 => Just(Fate::Abandoned)];
    let request = (lane, 0..20_u64, 0..=max_latency_ms, 0..=max_latency_ms, fate);
    let request = request.prop_map(|(lane, sent, arrival, answer, fate)| Request {
        lane,
        until_sent: Duration::from_millis(sent),
        until_arrival: Duration::from_millis(arrival),
        until_answer: Duration::from_millis(answer),
        fate,
    });
    prop::collection::vec(request, 1..400)
}

#[derive(Default)]
struct Halo(Mutex<Vec<Instant>>);

impl Halo {
    fn arrive(&self) {
        self.0.lock().unwrap().push(Instant::now());
    }

    /// The most arrivals in any window, both ends included.
    fn most_in_any_window(&self) -> usize {
        let arrivals = self.0.lock().unwrap();
        let mut first = 0;
        let mut most = 0;
        for (last, at) in arrivals.iter().enumerate() {
            while *at - arrivals[first] > WINDOW {
                first += 1;
            }
            most = most.max(last - first + 1);
        }
        most
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

async fn perform(budget: &Budget, halo: &Arc<Halo>, request: Request) {
    let mut permit = budget.acquire(request.lane).await.unwrap();
    sleep(request.until_sent).await;
    match request.fate {
        Fate::NeverSent => {}
        Fate::Answered => {
            permit.sent();
            sleep(request.until_arrival).await;
            halo.arrive();
            sleep(request.until_answer).await;
            permit.answered();
        }
        Fate::Abandoned => {
            permit.sent();
            let halo = Arc::clone(halo);
            let late = request.until_arrival.max(LONGEST_REQUEST / 2);
            tokio::spawn(async move {
                sleep(late).await;
                halo.arrive();
            });
            sleep(request.until_answer / 2).await;
        }
    }
}

/// Each worker takes the next request of the list until none is left. Dropping the future kills the workers, as a crash does.
async fn work_off(budget: &Arc<Budget>, halo: &Arc<Halo>, requests: Vec<Request>, workers: usize) {
    let left = Arc::new(Mutex::new(requests.into_iter()));
    let mut work = JoinSet::new();
    for _ in 0..workers {
        let (budget, halo, left) = (Arc::clone(budget), Arc::clone(halo), Arc::clone(&left));
        work.spawn(async move {
            loop {
                let next = left.lock().unwrap().next();
                let Some(request) = next else { break };
                perform(&budget, &halo, request).await;
            }
        });
    }
    while let Some(worker) = work.join_next().await {
        worker.unwrap();
    }
    sleep(LONGEST_REQUEST).await;
}

fn paused<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(test)
}

proptest! {
    #![proptest_config(Config { cases: 60, failure_persistence: None, ..Config::default() })]

    #[test]
    fn never_more_than_the_limit_in_any_window(
        limit in 1..60_u32, workers in 1..40_usize, requests in (0..1000_u64).prop_flat_map(requests),
    ) {
        let most = paused(async {
            let clock = Arc::new(TokioClock::new());
            let budget = Budget::new(settings(limit), Arc::new(MemoryPermitLog::default()), clock).await.unwrap();
            let halo = Arc::new(Halo::default());
            work_off(&budget, &halo, requests, workers).await;
            prop_assert_eq!(budget.status().waiting_by_lane.len(), 0);
            Ok::<_, TestCaseError>(halo.most_in_any_window())
        })?;
        prop_assert!(most <= usize::try_from(limit).unwrap(), "{} of {} in a window", most, limit);
    }

    #[test]
    fn not_even_across_crashes(
        limit in 1..60_u32, workers in 1..20_usize, requests in (0..600_u64).prop_flat_map(requests),
        lives_ms in prop::collection::vec(0..9000_u64, 1..5),
    ) {
        let most = paused(async {
            let clock: Arc<dyn Clock> = Arc::new(TokioClock::new());
            let log = Arc::new(MemoryPermitLog::default());
            let halo = Arc::new(Halo::default());
            // Requests of a process that is killed arrive before its end or never.
            let requests: Vec<_> = requests.iter().filter(|r| r.fate != Fate::Abandoned).copied().collect();
            for life in lives_ms {
                let budget = Budget::new(settings(limit), Arc::<MemoryPermitLog>::clone(&log), Arc::clone(&clock)).await.unwrap();
                let work = work_off(&budget, &halo, requests.clone(), workers);
                // Killed or done, whichever comes first.
                let _ = timeout(Duration::from_millis(life), work).await;
                drop(budget);
                sleep(Duration::from_millis(1)).await;
            }
            halo.most_in_any_window()
        });
        prop_assert!(most <= usize::try_from(limit).unwrap(), "{} of {} in a window", most, limit);
    }
}

/// 450 in 6 s with only bulk work: at least 98 % of every full window, and never one more.
#[test]
fn nearly_all_of_the_limit_is_used() {
    let (windows, halo) = paused(async {
        let clock = Arc::new(TokioClock::new());
        let budget = Budget::new(settings(450), Arc::new(MemoryPermitLog::default()), clock).await.unwrap();
        let halo = Arc::new(Halo::default());
        let windows = 20;
        let request = |number: u64| Request {
            lane: Lane::Backfill,
            until_sent: Duration::ZERO,
            until_arrival: Duration::from_millis(5 + number * 7 % 20),
            until_answer: Duration::from_millis(5 + number * 11 % 20),
            fate: Fate::Answered,
        };
        let endless = (0..1_000_000).map(request).collect();
        let _ = timeout(WINDOW * windows, work_off(&budget, &halo, endless, 8)).await;
        (usize::try_from(windows).unwrap(), halo)
    });
    assert!(halo.most_in_any_window() <= 450, "{} in a window", halo.most_in_any_window());
    let used = halo.len() * 1000 / (windows * 450);
    assert!(used >= 980, "only {used} of 1000 used");
}

/// The counter of the process before goes on: at most one block is lost to a crash.
#[test]
fn a_crash_costs_at_most_one_block() {
    let status = paused(async {
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::new());
        let log = Arc::new(MemoryPermitLog::default());
        let first = Budget::new(settings(400), Arc::<MemoryPermitLog>::clone(&log), Arc::clone(&clock)).await.unwrap();
        for _ in 0..105 {
            let mut permit = first.acquire(Lane::Delta).await.unwrap();
            permit.sent();
            permit.answered();
        }
        // The log as it is now is what a process finds after a crash.
        let crashed = Arc::new(MemoryPermitLog::new(log.history()));
        let second = Budget::new(settings(400), crashed, Arc::clone(&clock)).await.unwrap();
        first.close().await.unwrap();
        let third = Budget::new(settings(400), log, clock).await.unwrap();
        [first.status(), second.status(), third.status()].map(|status| status.used_in_window)
    });
    assert_eq!(status, [105, 120, 105], "in the first process, after its crash, after its clean end");
}
