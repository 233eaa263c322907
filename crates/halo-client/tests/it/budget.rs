//! Lanes, refusals, cancellation and a log that fails.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::response::IntoResponse;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use halo_client::{
    BoxError, Budget, BudgetSettings, Clock, HaloError, Lane, MemoryPermitLog, PermitBlock, PermitHistory, PermitLog,
    Refusal,
};

use crate::clocks::TokioClock;
use crate::server::{Fake, json, setup, status};

const SECOND: Duration = Duration::from_secs(1);

async fn budget(limit: u32) -> Arc<Budget> {
    budget_with(limit, 0, Arc::new(MemoryPermitLog::default())).await
}

async fn budget_with(limit: u32, reserve_percent: u8, log: Arc<dyn PermitLog>) -> Arc<Budget> {
    let settings = BudgetSettings { limit, window: 10 * SECOND, reserve_percent, longest_request: 5 * SECOND };
    Budget::new(settings, log, Arc::new(TokioClock::new())).await.unwrap()
}

async fn use_up(budget: &Budget, requests: u32) {
    for _ in 0..requests {
        let mut permit = budget.acquire(Lane::Delta).await.unwrap();
        permit.sent();
        permit.answered();
    }
}

#[tokio::test(start_paused = true)]
async fn better_lanes_go_first_and_equal_ones_in_order() {
    let budget = budget(1).await;
    use_up(&budget, 1).await;
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let asked =
        [Lane::History, Lane::Delta, Lane::Backfill, Lane::Person, Lane::Delta, Lane::Delivery, Lane::Reconcile];
    let mut tasks = Vec::new();
    for (number, lane) in asked.into_iter().enumerate() {
        let (budget, order) = (Arc::clone(&budget), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            let mut permit = budget.acquire(lane).await.unwrap();
            order.lock().unwrap().push((lane, number));
            permit.sent();
            permit.answered();
        }));
        tokio::task::yield_now().await;
    }
    let waiting: BTreeMap<_, _> = [(Lane::Person, 1), (Lane::Delivery, 1), (Lane::Delta, 2), (Lane::Reconcile, 1)]
        .into_iter()
        .chain([(Lane::Backfill, 1), (Lane::History, 1)])
        .collect();
    assert_eq!(budget.status().waiting_by_lane, waiting);
    for task in tasks {
        task.await.unwrap();
    }
    let mut expected: Vec<_> = asked.into_iter().enumerate().map(|(number, lane)| (lane, number)).collect();
    expected.sort();
    assert_eq!(*order.lock().unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn one_in_a_hundred_is_kept_for_live_work() {
    let budget = budget(200).await;
    let mut held = Vec::new();
    for _ in 0..198 {
        held.push(budget.acquire(Lane::Backfill).await.unwrap());
    }
    assert!(tokio::time::timeout(SECOND, budget.acquire(Lane::History)).await.is_err());
    held.push(budget.acquire(Lane::Person).await.unwrap());
    held.push(budget.acquire(Lane::Delta).await.unwrap());
    assert!(tokio::time::timeout(SECOND, budget.acquire(Lane::Person)).await.is_err());
    assert_eq!(budget.status().used_in_window, 200);
}

#[tokio::test(start_paused = true)]
async fn the_reserve_is_never_used() {
    let budget = budget_with(100, 20, Arc::new(MemoryPermitLog::default())).await;
    use_up(&budget, 80).await;
    let status = budget.status();
    assert_eq!((status.usable, status.used_in_window, status.limit), (80, 80, 100));
    assert!(status.next_free_in.is_some_and(|time| time > 9 * SECOND && time < 11 * SECOND));
    assert!(tokio::time::timeout(9 * SECOND, budget.acquire(Lane::Person)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_slot_is_free_at_once_if_unsent_and_late_if_unanswered() {
    let budget = budget(1).await;
    drop(budget.acquire(Lane::Delta).await.unwrap());
    budget.acquire(Lane::Delta).await.unwrap().not_sent();
    assert_eq!(budget.status().used_in_window, 0);
    let mut permit = budget.acquire(Lane::Delta).await.unwrap();
    permit.sent();
    drop(permit);
    let before = tokio::time::Instant::now();
    drop(budget.acquire(Lane::Delta).await.unwrap());
    assert!(before.elapsed() >= 15 * SECOND, "window and longest request: {:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_stops_waiting_takes_nothing() {
    let budget = budget(1).await;
    let held = budget.acquire(Lane::Delta).await.unwrap();
    assert!(budget.acquire(Lane::Person).now_or_never().is_none());
    drop(held);
    drop(tokio::time::timeout(SECOND, budget.acquire(Lane::History)).await.unwrap().unwrap());
    assert_eq!(budget.status().used_in_window, 0);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_pauses_all_lanes_and_lowers_the_limit_until_a_person_resets_it() {
    let log = Arc::new(MemoryPermitLog::default());
    let budget = budget_with(100, 0, Arc::<MemoryPermitLog>::clone(&log)).await;
    use_up(&budget, 60).await;
    let mut permit = budget.acquire(Lane::Delta).await.unwrap();
    permit.sent();
    let wait = permit.refused(Refusal { retry_after: Some(17 * SECOND), stated_limit: None });
    assert_eq!(wait, 17 * SECOND);
    let status = budget.status();
    assert_eq!((status.learned_limit, status.usable, status.paused_for), (Some(60), 60, Some(17 * SECOND)));
    let before = tokio::time::Instant::now();
    drop(budget.acquire(Lane::Token).await.unwrap());
    assert_eq!(before.elapsed().as_secs(), 17);
    assert_eq!(log.history().learned_limit, Some(60), "the next process knows it too");
    budget.forget_learned_limit();
    drop(budget.acquire(Lane::Person).await.unwrap());
    assert_eq!((budget.status().usable, log.history().learned_limit), (100, None));
}

#[tokio::test]
async fn the_client_sits_out_a_429_with_and_without_a_hint() {
    for (hint, least, most) in [(Some("17"), 17, 17), (Some("Tue, 24 Nov 2026 10:00:30 GMT"), 30, 30), (None, 3, 5)] {
        let refused = move || match hint {
            Some(hint) => {
                ([("retry-after", hint), ("date", "Tue, 24 Nov 2026 10:00:00 GMT")], status(429, "")).into_response()
            }
            None => status(429, ""),
        };
        let fake = Fake::start(move |call| if call.number == 1 { refused() } else { json("[]") }).await;
        let setup = setup(fake.settings()).await;
        setup.tickets().await.unwrap();
        let waited = setup.clock.monotonic().as_secs();
        assert!((least..=most).contains(&waited), "{hint:?}: {waited}");
        assert_eq!(fake.calls().len(), 2);
    }
}

#[tokio::test]
async fn a_limit_that_halo_names_is_kept() {
    let words = "\"Rate Limit Reached - 30 Requests per rolling 5 minute window\"";
    let fake = Fake::start(move |call| if call.number == 1 { status(429, words) } else { json("[]") }).await;
    let setup = setup(fake.settings()).await;
    setup.tickets().await.unwrap();
    assert_eq!(setup.budget.status().learned_limit, Some(30));
}

#[tokio::test]
async fn refusals_without_end_are_an_error_in_the_end() {
    let fake = Fake::start(|_| status(429, "")).await;
    let error = setup(fake.settings()).await.tickets().await.unwrap_err();
    assert!(matches!(error, HaloError::RateLimited { .. }), "{error:?}");
    assert_eq!(fake.calls().len(), 6);
}

/// A disk that is full.
struct FullDisk;

impl PermitLog for FullDisk {
    fn record(&self, _: PermitBlock, _: u64) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(async { Err("no space left on device".into()) })
    }

    fn learned(&self, _: Option<u32>) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(async { Err("no space left on device".into()) })
    }

    fn load(&self) -> BoxFuture<'_, Result<PermitHistory, BoxError>> {
        Box::pin(async { Ok(PermitHistory::default()) })
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_recorded_is_not_sent() {
    let budget = budget_with(10, 0, Arc::new(FullDisk)).await;
    let error = budget.acquire(Lane::Person).await.unwrap_err();
    assert!(matches!(error, HaloError::PermitLog { .. }), "{error:?}");
    assert_eq!(budget.status().used_in_window, 0);
}

#[tokio::test(start_paused = true)]
async fn a_closed_budget_grants_nothing() {
    let budget = budget(10).await;
    drop(budget.acquire(Lane::Person).await.unwrap());
    budget.close().await.unwrap();
    assert!(budget.acquire(Lane::Person).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn old_blocks_are_forgotten() {
    let log = Arc::new(MemoryPermitLog::default());
    let budget = budget_with(20, 0, Arc::<MemoryPermitLog>::clone(&log)).await;
    use_up(&budget, 200).await;
    let history = log.history();
    assert!(history.blocks.len() <= 45, "{} blocks", history.blocks.len());
    assert_eq!(history.blocks.iter().map(|block| block.number).max(), Some(200));
}
