//! The provider that goes on working.

use halo_sim::{ClockMode, Options};
use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::{Bench, options, start_with};

const DAY: f64 = 86_400.0;

fn count(rows: &[Value], test: impl Fn(&Value) -> bool) -> usize {
    rows.iter().filter(|row| test(row)).count()
}

/// Steps the clock and takes a new token, since the old one is out of date then.
async fn pass(bench: &mut Bench, seconds: f64) {
    bench.advance(seconds).await;
    bench.log_in("all").await;
}

async fn live() -> Bench {
    start_with(Options { live: Some(60.0), tickets: 3_000, ..options() }).await
}

#[tokio::test]
async fn stepping_over_a_week_does_its_work_and_every_stamp_lies_in_it() {
    let mut bench = live().await;
    let start = "2026-11-24T17:00:00";
    let before = bench.truth("Tickets").await;
    pass(&mut bench, 7.0 * DAY).await;
    let after = bench.truth("Tickets").await;
    let new = &after[before.len()..];
    // 19 a week, less at the beginning of the history and more at its end.
    assert!((10..45).contains(&new.len()), "{} new tickets in a week", new.len());
    assert!(new.iter().all(|row| row["dateoccurred"].as_str().unwrap() > start));
    let changed = |row: &Value| row["last_update"].as_str().unwrap() > start;
    assert_eq!(
        count(&after, changed),
        bench.rows(&format!("Tickets?domain=reqs&lastupdatefromdate={start}Z")).await.len()
            + count(&after, |row| changed(row) && row["deleted"] == true)
    );
    let closed = |row: &Value| row["dateclosed"].as_str().is_some_and(|at| at > start);
    assert!(count(&after, closed) > new.len() / 2, "{} closures", count(&after, closed));
    let end = "2026-12-01T17:00:00";
    assert!(after.iter().all(|row| row["last_update"].as_str().unwrap() <= end));
    // The first of December lies in the week.
    let invoices = bench.rows("Invoice").await;
    let billed = count(&invoices, |row| row["date_created"].as_str().is_some_and(|at| at.starts_with("2026-12-01")));
    assert!((30..=40).contains(&billed), "{billed} invoices of December");
}

#[tokio::test]
async fn the_work_of_a_time_does_not_depend_on_the_steps_in_which_it_passes() {
    let (one, mut many) = (live().await, live().await);
    one.advance(4.0 * DAY).await;
    for _ in 0..32 {
        pass(&mut many, DAY / 8.0).await;
        many.rows("Tickets?count=1").await;
    }
    for entity in ["Tickets", "TimesheetEvent", "Users", "Feed"] {
        assert!(one.truth(entity).await == many.truth(entity).await, "{entity}");
    }
}

#[tokio::test]
async fn nothing_that_others_closed_or_deleted_is_worked_on() {
    let bench = live().await;
    bench.control(Method::POST, "mutate", &json!({"seed": 5, "count": 400})).await;
    let before: Vec<Value> = bench.truth("Tickets").await.into_iter().filter(|row| row["deleted"] == true).collect();
    bench.advance(3.0 * DAY).await;
    let after = bench.truth("Tickets").await;
    for row in before {
        let now = after.iter().find(|other| other["id"] == row["id"]).unwrap();
        assert_eq!(now["last_update"], row["last_update"], "{}", row["id"]);
    }
}

#[tokio::test]
async fn time_runs_at_the_speed_that_was_asked_for() {
    let bench = start_with(Options { live: Some(36_000.0), clock: ClockMode::Auto, ..options() }).await;
    let now = || async { bench.control(Method::GET, "clock", &json!({})).await["micros"].as_i64().unwrap() };
    let (real, first) = (std::time::Instant::now(), now().await);
    // Waits for a simulated day, which is 2.4 real seconds.
    while now().await < first + 86_400_000_000 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(real.elapsed().as_secs_f64() > 2.3, "{:?}", real.elapsed());
}

#[tokio::test]
async fn a_provider_that_rests_does_nothing_until_it_works_again() {
    let mut bench = live().await;
    let stamps = async |bench: &Bench| -> Vec<Value> {
        bench.truth("Tickets").await.into_iter().map(|row| row["last_update"].clone()).collect()
    };
    bench.control(Method::POST, "live", &json!({"work": false})).await;
    let before = stamps(&bench).await;
    pass(&mut bench, 2.0 * DAY).await;
    assert_eq!(stamps(&bench).await, before);
    bench.control(Method::POST, "live", &json!({"work": true})).await;
    assert!(stamps(&bench).await.len() > before.len());
}
