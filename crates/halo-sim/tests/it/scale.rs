//! A page costs the same whatever the number of tickets: no list that is asked for often looks at every row.

use std::time::{Duration, Instant};

use halo_sim::Options;
use reqwest::Method;

use crate::bench::{Bench, options, start_with};

/// The quickest of some answers: others that use the machine only ever make one slower.
async fn quickest(bench: &Bench, path: &str) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..15 {
        let started = Instant::now();
        let response = bench.raw(Method::GET, path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert!(response.bytes().await.unwrap().len() > 20, "{path}");
        best = best.min(started.elapsed());
    }
    best
}

#[tokio::test]
async fn pages_cost_the_same_in_a_large_desk() {
    let (few, many) = (1_000, 30_000);
    let small = start_with(Options { tickets: few, ..options() }).await;
    let large = start_with(Options { tickets: many, ..options() }).await;
    let page = "Tickets?pageinate=true&page_size=20";
    for (path, in_small, in_large) in [
        ("newest first", format!("{page}&page_no=2"), format!("{page}&page_no=700")),
        ("by id", format!("{page}&order=id&page_no=2"), format!("{page}&order=id&page_no=1200")),
        ("of one domain", format!("{page}&domain=reqs&order=id"), format!("{page}&domain=reqs&order=id&page_no=900")),
        (
            "delta",
            format!("{page}&order=id&lastupdatefromdate=2026-11-01"),
            format!("{page}&order=id&lastupdatefromdate=2026-11-23"),
        ),
        (
            "days",
            format!("{page}&startdate=2026-03-01&enddate=2026-03-31"),
            format!("{page}&startdate=2026-03-01&enddate=2026-03-02"),
        ),
        ("some ids", format!("{page}&ticketids=1100,1200,1300"), format!("{page}&ticketids=1100,21200,1300")),
        ("actions", "Actions?ticket_id=1200".to_owned(), "Actions?ticket_id=21200".to_owned()),
        (
            "time",
            "TimesheetEvent?start_date=2026-03-02&end_date=2026-03-06".to_owned(),
            "TimesheetEvent?start_date=2026-03-02T10:00&end_date=2026-03-02T12:00".to_owned(),
        ),
    ] {
        let (small, large) = (quickest(&small, &in_small).await, quickest(&large, &in_large).await);
        // Thirty times the tickets: a list that looks at each row takes far more than four times as long.
        assert!(large < 4 * small + Duration::from_millis(2), "{path}: {small:?} and {large:?}");
    }
}
