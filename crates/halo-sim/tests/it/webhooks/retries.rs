//! Receivers that refuse, hang or are gone, on a clock that is stepped.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use halo_sim::{ClockMode, Options};
use reqwest::Method;
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{change, deliveries, flush, hook, texts};
use crate::bench::{Bench, options, start, start_with};

async fn after(bench: &mut Bench, seconds: f64) {
    bench.advance(seconds).await;
    flush(bench).await;
    bench.log_in("all").await;
}

#[tokio::test]
async fn a_refused_delivery_is_tried_again_later_until_it_is_taken() {
    let (mut bench, receiver) = (start().await, Receiver::start().await);
    hook(&bench, &receiver, json!({}), &["Ticket Changed"]).await;
    receiver.answer(500);
    change(&bench, json!({"id": 1_010, "flagged": true})).await;
    let first = receiver.heard();
    after(&mut bench, 59.0).await;
    assert_eq!((first.len(), receiver.heard().len()), (1, 0));
    assert_eq!(deliveries(&bench).await[0]["fate"], "queued");
    after(&mut bench, 1.0).await;
    receiver.answer(204);
    after(&mut bench, 300.0).await;
    let again = receiver.heard();
    assert_eq!((again.len(), &again[1].raw), (2, &first[0].raw));
    let truth = deliveries(&bench).await.remove(0);
    assert_eq!((&truth["fate"], &truth["statuses"]), (&json!("delivered"), &json!([500, 500, 204])));
    assert_eq!(truth["accepted"], "2026-11-24T17:06:00Z");
}

#[tokio::test]
async fn four_days_of_refusals_are_played_in_one_step_and_then_it_is_given_up() {
    let (mut bench, receiver) = (start().await, Receiver::start().await);
    hook(&bench, &receiver, json!({}), &["Ticket Changed"]).await;
    receiver.answer(404);
    change(&bench, json!({"id": 1_010, "flagged": true})).await;
    after(&mut bench, 4.0 * 86_400.0).await;
    let truth = deliveries(&bench).await.remove(0);
    assert_eq!((&truth["fate"], &truth["attempts"]), (&json!("failed"), &json!(10)));
    assert_eq!(receiver.heard().len(), 10);
}

#[tokio::test]
async fn a_webhook_is_disabled_after_its_failures_and_can_be_switched_on_again() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let id = hook(&bench, &receiver, json!({"auto_disable_attempts": 3}), &["Ticket Changed"]).await;
    receiver.answer(503);
    for number in 0..5 {
        change(&bench, json!({"id": 1_010 + number, "summary": "x"})).await;
    }
    let shown = bench.get(&format!("Webhook/{id}")).await.1;
    assert_eq!((&shown["active"], &shown["disabled"]), (&json!(false), &json!(true)));
    assert_eq!(shown["last_auto_disable_date"], "2026-11-24T17:00:00");
    let truth = deliveries(&bench).await;
    assert!(truth.len() == 5 && truth.iter().all(|row| row["fate"] == "disabled"), "{truth:?}");
    assert_eq!(receiver.heard().len(), 3);

    receiver.answer(200);
    bench.post("Webhook", &json!([{"id": id, "active": true}])).await;
    change(&bench, json!({"id": 1_010, "summary": "y"})).await;
    assert_eq!((receiver.heard().len(), &deliveries(&bench).await[5]["fate"]), (1, &json!("delivered")));
    assert_eq!(bench.get(&format!("Webhook/{id}")).await.1["disabled"], false);
}

#[tokio::test]
async fn a_receiver_that_hangs_or_is_gone_is_no_answer() {
    let bench = start_with(Options { webhook_timeout_ms: 50, ..options() }).await;
    let receiver = Receiver::start().await;
    let id = hook(&bench, &receiver, json!({}), &["Ticket Changed"]).await;
    receiver.wait(Duration::from_secs(5));
    change(&bench, json!({"id": 1_010, "summary": "x"})).await;
    bench.post("Webhook", &json!([{"id": id, "url": "http://127.0.0.1:9/"}])).await;
    change(&bench, json!({"id": 1_011, "summary": "x"})).await;
    // It speaks no TLS.
    bench.post("Webhook", &json!([{"id": id, "url": receiver.url().replace("http:", "https:")}])).await;
    change(&bench, json!({"id": 1_012, "summary": "x"})).await;
    for row in deliveries(&bench).await {
        assert_eq!((&row["fate"], &row["statuses"]), (&json!("queued"), &json!([0])));
    }
}

#[tokio::test]
async fn others_are_not_held_up_by_one_that_waits_for_its_retry() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    hook(&bench, &receiver, json!({}), &["Ticket Changed"]).await;
    receiver.answer(500);
    change(&bench, json!({"id": 1_010, "summary": "x"})).await;
    receiver.answer(200);
    change(&bench, json!({"id": 1_011, "summary": "x"})).await;
    let fates: Vec<_> = deliveries(&bench).await.into_iter().map(|row| row["fate"].clone()).collect();
    assert_eq!(fates, ["queued", "delivered"]);
}

#[tokio::test]
async fn retries_go_by_a_clock_that_runs_too() {
    let bench = start_with(Options { live: Some(3_600.0), clock: ClockMode::Auto, ..options() }).await;
    let receiver = Receiver::start().await;
    hook(&bench, &receiver, json!({}), &["Site created"]).await;
    receiver.answer(500);
    bench.post("Site", &json!([{"name": "Annexe", "client_id": 12}])).await;
    while receiver.heard().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    receiver.answer(200);
    let begun = Instant::now();
    while deliveries(&bench).await[0]["fate"] == "queued" {
        assert!(begun.elapsed() < Duration::from_secs(5), "a minute is 17 ms at this speed");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(deliveries(&bench).await[0]["accepted"].is_string());
}

#[tokio::test]
async fn several_in_flight_are_each_sent_once() {
    let bench = start_with(Options { webhook_in_flight: 8, ..options() }).await;
    let receiver = Receiver::start().await;
    hook(&bench, &receiver, json!({}), &["Ticket Changed"]).await;
    receiver.wait(Duration::from_millis(5));
    bench.control(Method::POST, "webhooks/fire", &json!({"event": "ticket changed", "count": 100})).await;
    flush(&bench).await;
    assert!((2..=8).contains(&receiver.most()), "{}", receiver.most());
    let sorted = |rows: &[Value]| texts(rows, "id").into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    let bodies = receiver.bodies();
    assert_eq!((bodies.len(), sorted(&bodies)), (100, sorted(&deliveries(&bench).await)));
}
