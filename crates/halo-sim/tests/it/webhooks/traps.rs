//! Each trap of webhooks does what it says, and the truth tells which delivery it hit.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{deliveries, flush, hook, texts};
use crate::bench::{Bench, start};

/// What is heard, and the truth, after `count` changes of different tickets under a trap.
async fn under(trap: &str, settings: Value, count: u32) -> (Bench, Receiver, Vec<Value>) {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let basic = json!({"authentication_type": 1, "basic_username": "u", "basic_password": "p"});
    hook(&bench, &receiver, basic, &["Ticket Changed"]).await;
    bench.traps(json!({trap: settings})).await;
    bench.control(Method::POST, "webhooks/fire", &json!({"event": "ticket changed", "count": count})).await;
    flush(&bench).await;
    let truth = deliveries(&bench).await;
    (bench, receiver, truth)
}

/// Places in `all` of the ids of `bodies`.
fn places(all: &[Value], bodies: &[Value]) -> Vec<usize> {
    bodies.iter().map(|body| all.iter().position(|row| row["id"] == body["id"]).unwrap()).collect()
}

#[tokio::test]
async fn lost_ones_are_never_sent_and_no_log_knows_them() {
    let (bench, receiver, truth) = under("webhook_lost", json!({"every": 3}), 6).await;
    assert_eq!(places(&truth, &receiver.bodies()), [0, 1, 3, 4]);
    assert_eq!((&truth[2]["fate"], &truth[2]["traps"]), (&json!("dropped"), &json!(["webhook_lost"])));
    assert_eq!(bench.rows("WebhookEvent").await.len(), 4);
    assert_eq!(bench.ledger().await["by_trap"]["webhook_lost"], 2);
}

#[tokio::test]
async fn a_share_is_drawn_by_the_seed_and_only_of_the_events_named() {
    let lost = async |settings: Value| {
        let (_, _, truth) = under("webhook_lost", settings, 200).await;
        truth.iter().map(|row| row["fate"] == "dropped").collect::<Vec<bool>>()
    };
    let count = |fates: &[bool]| fates.iter().filter(|lost| **lost).count();
    let one = lost(json!({"percent": 30, "seed": 4})).await;
    assert!((40..80).contains(&count(&one)), "{}", count(&one));
    assert_eq!(lost(json!({"percent": 30, "seed": 4})).await, one);
    assert_ne!(lost(json!({"percent": 30, "seed": 5})).await, one);
    assert_eq!(count(&lost(json!({"every": 1, "events": ["site created"]})).await), 0);
    assert_eq!(count(&lost(json!({"every": 1, "events": ["ticket changed"]})).await), 200);
}

#[tokio::test]
async fn twice_is_the_same_delivery_again() {
    let (_, receiver, truth) = under("webhook_twice", json!({"every": 2}), 4).await;
    assert_eq!(places(&truth, &receiver.bodies()), [0, 1, 1, 2, 3, 3]);
    assert_eq!((truth.len(), &truth[1]["attempts"], &truth[1]["fate"]), (4, &json!(2), &json!("delivered")));
}

#[tokio::test]
async fn late_ones_come_when_their_time_has_passed() {
    let (bench, receiver, truth) = under("webhook_late", json!({"every": 2, "seconds": 86_400}), 4).await;
    assert_eq!(places(&truth, &receiver.bodies()), [0, 2]);
    assert_eq!((&truth[1]["fate"], &truth[1]["delayed_until"]), (&json!("queued"), &json!("2026-11-25T17:00:00Z")));
    bench.advance(86_400.0).await;
    flush(&bench).await;
    assert_eq!(places(&truth, &receiver.bodies()), [1, 3]);
}

#[tokio::test]
async fn reordered_ones_come_after_the_next_or_after_a_minute() {
    let (bench, receiver, truth) = under("webhook_reordered", json!({"every": 2}), 4).await;
    assert_eq!(places(&truth, &receiver.bodies()), [0, 2, 1]);
    bench.advance(60.0).await;
    flush(&bench).await;
    assert_eq!(places(&truth, &receiver.bodies()), [3]);
}

#[tokio::test]
async fn batched_ones_come_as_one_array() {
    let (bench, receiver, truth) = under("webhook_batched", json!({"seconds": 5, "limit": 3}), 4).await;
    assert_eq!(receiver.heard().len(), 0);
    bench.advance(5.0).await;
    flush(&bench).await;
    let batches: Vec<Vec<usize>> =
        receiver.bodies().iter().map(|body| places(&truth, body.as_array().unwrap())).collect();
    assert_eq!(batches, [vec![0, 1, 2], vec![3]]);
}

#[tokio::test]
async fn bare_ones_hold_the_event_alone() {
    let (_, receiver, _) = under("webhook_bare", json!({"every": 2}), 2).await;
    let with: Vec<bool> = receiver.bodies().iter().map(|body| body.get("ticket").is_some()).collect();
    assert_eq!(with, [true, false]);
}

#[tokio::test]
async fn a_wrong_secret_is_seen_and_the_retry_has_the_right_one() {
    let (_, receiver, truth) = under("webhook_wrong_secret", json!({"every": 2}), 2).await;
    let seen: Vec<bool> = receiver
        .heard()
        .iter()
        .map(|call| call.header("authorization") == format!("Basic {}", STANDARD.encode("u:p")))
        .collect();
    assert_eq!((seen, &truth[1]["traps"]), (vec![true, false], &json!(["webhook_wrong_secret"])));
}

#[tokio::test]
async fn what_is_gone_is_told_of_as_well() {
    let (bench, receiver, truth) = under("webhook_gone", json!({"every": 2}), 2).await;
    let bodies = receiver.bodies();
    assert_eq!((bodies.len(), truth.len(), &truth[2]["traps"]), (3, 3, &json!(["webhook_gone"])));
    assert_eq!(bench.status(&format!("Tickets/{}", bodies[2]["object_id"])).await, 404);
}

#[tokio::test]
async fn a_webhook_switches_itself_off() {
    let (bench, receiver, truth) = under("webhook_disabled", json!({"deliveries": 2}), 4).await;
    assert_eq!(receiver.heard().len(), 2);
    assert_eq!(texts(&truth, "fate"), ["delivered", "delivered", "disabled", "disabled"]);
    let shown = bench.rows("Webhook").await.remove(0);
    assert_eq!((&shown["active"], &shown["disabled"]), (&json!(false), &json!(true)));
}
