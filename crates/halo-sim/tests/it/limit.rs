//! The request limit, the ledger and the clock.

use halo_sim::Options;
use reqwest::Method;
use serde_json::json;

use crate::bench::{options, start, start_with};

#[tokio::test]
async fn the_451st_request_of_any_window_is_refused() {
    let bench = start().await;
    for request in 0..450 {
        if request % 150 == 0 {
            bench.advance(60.0).await;
        }
        assert_eq!(bench.status("SLA").await, 200, "request {request}");
    }
    let (status, body) = bench.get("SLA").await;
    assert_eq!(status, 429);
    assert_eq!(body, json!({"error": "Rate Limit Reached - 450 Requests per rolling 5 minute window"}));
    let ledger = bench.ledger().await;
    for (member, expected) in [("requests", 450), ("max_in_any_window", 450), ("rejected_429", 1)] {
        assert_eq!(ledger[member], expected, "{member}");
    }
    assert_eq!(ledger["by_path"], json!({"SLA": 450}));

    // The first 150 came 120 seconds ago: after 180 more they leave the window, and no others.
    bench.advance(179.999).await;
    assert_eq!(bench.status("SLA").await, 429);
    bench.advance(0.001).await;
    for request in 0..150 {
        assert_eq!(bench.status("SLA").await, 200, "request {request} of the second window");
    }
    assert_eq!(bench.status("SLA").await, 429);
}

#[tokio::test]
async fn limits_of_several_sizes_say_their_size() {
    let bench = start_with(Options { limit: 2, window_seconds: 6, ..options() }).await;
    let seen = [bench.status("SLA").await, bench.status("SLA").await];
    assert_eq!(seen, [200, 200]);
    let refused = bench.raw(Method::GET, "SLA").await;
    assert_eq!(refused.headers().get("retry-after"), None);
    assert!(refused.text().await.unwrap().contains("2 Requests per rolling 6 second window"));

    bench.traps(json!({"limit_size": {"limit": 3}, "retry_hint": true})).await;
    bench.advance(1.5).await;
    assert_eq!(bench.status("SLA").await, 200);
    let refused = bench.raw(Method::GET, "SLA").await;
    assert_eq!(refused.headers()["retry-after"], "5");
    bench.traps(json!({"retry_hint": {"as_date": true}})).await;
    let refused = bench.raw(Method::GET, "SLA").await;
    assert_eq!(refused.headers()["date"], "Tue, 24 Nov 2026 17:00:01 GMT");
    assert_eq!(refused.headers()["retry-after"], "Tue, 24 Nov 2026 17:00:06 GMT");
}

#[tokio::test]
async fn controls_count_nowhere_and_a_reset_gives_no_second_budget() {
    let bench = start_with(Options { limit: 1, ..options() }).await;
    assert_eq!(bench.status("SLA").await, 200);
    bench.control(Method::POST, "ledger/reset", &json!({})).await;
    assert_eq!(bench.status("SLA").await, 429);
    let ledger = bench.ledger().await;
    assert_eq!((&ledger["requests"], &ledger["rejected_429"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn every_answer_is_dated_by_the_simulators_clock() {
    let bench = start().await;
    bench.advance(90.0).await;
    for path in ["/api/Tickets", "/api/AuthInfo", "/auth/token", "/_sim/clock", "/"] {
        let response = bench.http.get(format!("{}{path}", bench.running.base_url())).send().await.unwrap();
        assert_eq!(response.headers()["date"], "Tue, 24 Nov 2026 17:01:30 GMT", "{path}");
    }
    let clock = bench.control(Method::GET, "clock", &json!({})).await;
    assert_eq!((&clock["now"], &clock["mode"]), (&json!("2026-11-24T17:01:30Z"), &json!("stepped")));
    for wrong in [json!({}), json!({"advance_seconds": -1}), json!({"advance_seconds": "1"}), json!([])] {
        assert_eq!(bench.try_control(Method::POST, "clock", &wrong).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn the_clock_file_follows_the_clock() {
    let file = std::env::temp_dir().join(format!("halo-sim-clock-{}", std::process::id()));
    let bench = start_with(Options { clock_file: Some(file.clone()), ..options() }).await;
    let read = || i64::from_le_bytes(std::fs::read(&file).unwrap().try_into().unwrap());
    let before = read();
    bench.advance(2.5).await;
    assert_eq!(read() - before, 2_500_000);
    bench.running.stop().await.unwrap();
    std::fs::remove_file(&file).unwrap();
}
