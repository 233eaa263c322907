//! What is sent, for which change, and how it proves where it comes from.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use ring::hmac;
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{ELEVEN, change, deliveries, flush, hook, texts};
use crate::bench::{options, start, start_with};

#[tokio::test]
async fn a_status_that_changes_is_told_as_it_was_recorded_live() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let id = hook(&bench, &receiver, json!({}), &["Ticket Status Changed"]).await;
    change(&bench, json!({"id": 1_010, "status_id": 2})).await;
    receiver.heard();
    change(&bench, json!({"id": 1_010, "status_id": 4, "summary": "Out\"look"})).await;
    let heard = receiver.heard();
    let body = heard[0].body();
    assert_eq!(
        (heard.len(), &heard[0].method, heard[0].header("content-type")),
        (1, &Method::POST, "application/json")
    );
    let expected = json!({"event": "ticket status changed", "webhook_id": id, "notification_id": 1, "object_id": 1_010,
        "agent_id": 30, "message": "The status has been changed for Ticket ID: 0001010."});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(body[name], *value, "{name}");
    }
    assert_eq!((&body["ticket"]["status_id"], &body["ticket"]["summary"]), (&json!(4), &json!("Out\"look")));
    assert!(body["ticket"].get("lastupdate").is_none() && body["ticket"].get("customfields").is_some());
    let stamp = body["timestamp"].as_str().unwrap();
    assert!(stamp.starts_with("2026-11-24T17:00:00.") && stamp.ends_with('Z') && stamp.len() == 28, "{stamp}");
}

#[tokio::test]
async fn the_full_object_has_the_names_of_writes_and_the_bare_event_has_none() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    hook(&bench, &receiver, json!({"payload_type": 1}), &["New Ticket Logged"]).await;
    hook(&bench, &receiver, json!({"name": "bare", "payload_type": "2"}), &["New Ticket Logged"]).await;
    change(&bench, json!({"summary": "Printer", "client_id": 12})).await;
    let bodies = receiver.bodies();
    assert_eq!(bodies.len(), 2, "a new ticket is one event of each webhook: {bodies:?}");
    let (full, bare): (Vec<_>, Vec<_>) = bodies.iter().partition(|body| body.get("ticket").is_some());
    let ticket = &full[0]["ticket"];
    for (there, gone) in [
        ("lastupdate", "last_update"),
        ("category1", "category_1"),
        ("useremail", "user_email"),
        ("estimateddays", "estimatedays"),
    ] {
        assert!(ticket.get(there).is_some() && ticket.get(gone).is_none(), "{there}: {ticket}");
    }
    assert_eq!((&ticket["summary"], &bare[0]["object_id"]), (&json!("Printer"), &ticket["id"]));
    assert!(ticket.get("details_html").is_some() && bare[0].get("object").is_none());
}

#[tokio::test]
async fn basic_and_signature_prove_who_calls() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let basic = json!({"authentication_type": 1, "basic_username": "halo", "basic_password": "pa:ss"});
    let id = hook(&bench, &receiver, basic, &["Ticket Changed"]).await;
    change(&bench, json!({"id": 1_010, "flagged": true})).await;
    assert_eq!(receiver.heard()[0].header("authorization"), format!("Basic {}", STANDARD.encode("halo:pa:ss")));

    let signed = json!([{"id": id, "authentication_type": 3, "authentication_header": "Token", "basic_password": "hush",
        "signature_prefix": "sha256="}]);
    assert_eq!(bench.post("Webhook", &signed).await.0, 201);
    change(&bench, json!({"id": 1_010, "flagged": false})).await;
    let heard = receiver.heard().remove(0);
    let digest = STANDARD.decode(heard.header("token").strip_prefix("sha256=").unwrap()).unwrap();
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, b"hush"), &heard.raw, &digest).unwrap();
    assert_eq!(heard.header("authorization"), "");
}

#[tokio::test]
async fn conditions_decide_what_is_told() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let id = hook(&bench, &receiver, json!({}), &[]).await;
    let always = json!({"fieldname": "symptom", "tablename": "faults", "type": "1", "value_string": ""});
    let of_client = json!({"fieldname": "client_id", "tablename": "faults", "type": 0, "value_int": 12});
    let element = json!({"webhook_id": id, "eventno": "61", "conditions": [always, of_client]});
    assert_eq!(bench.post("Notification", &json!([element])).await.1["condition_count"], 2);
    for client in [12, 13] {
        let ticket = bench.ids(&format!("Tickets?client_id={client}&count=1")).await[0];
        change(&bench, json!({"id": ticket, "summary": "x"})).await;
    }
    let bodies = receiver.bodies();
    assert_eq!((bodies.len(), &bodies[0]["ticket"]["client_id"]), (1, &json!(12)));
}

#[tokio::test]
async fn every_kind_of_change_is_told_once_and_the_truth_knows_it() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    hook(&bench, &receiver, json!({"payload_type": 2}), &ELEVEN).await;
    let report = bench.control(Method::POST, "mutate", &json!({"seed": 3, "count": 600})).await;
    flush(&bench).await;
    let (bodies, truth) = (receiver.bodies(), deliveries(&bench).await);
    let names: BTreeSet<&str> = texts(&bodies, "event").into_iter().collect();
    let expected: BTreeSet<String> = ELEVEN.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(names, expected.iter().map(String::as_str).collect());
    assert_eq!(texts(&bodies, "id"), texts(&truth, "id"), "in their order");
    assert!(truth.iter().all(|row| row["fate"] == "delivered" && row["statuses"] == json!([200])));
    for done in report["done"].as_array().unwrap() {
        let op = done["op"].as_str().unwrap();
        let event = match op {
            "site_create" => "site created",
            "site_delete" => "site deleted",
            "user_delete" => "user deleted",
            "invoice_pay" => "invoice updated",
            "ticket_create" => "new ticket logged",
            _ => continue,
        };
        let told = |row: &Value| row["event"] == event && row["record_id"] == done["id"];
        assert_eq!(truth.iter().filter(|row| told(row)).count(), 1, "{done}");
    }
}

#[tokio::test]
async fn nothing_is_told_of_what_happened_before_and_nothing_after_the_webhook_is_gone() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    bench.control(Method::POST, "mutate", &json!({"count": 50})).await;
    let id = hook(&bench, &receiver, json!({}), &ELEVEN).await;
    assert_eq!(deliveries(&bench).await, Vec::<Value>::new());
    bench.raw(Method::DELETE, &format!("Webhook/{id}")).await;
    bench.control(Method::POST, "mutate", &json!({"count": 50})).await;
    assert_eq!((deliveries(&bench).await.len(), receiver.heard().len()), (0, 0));
}

#[tokio::test]
async fn a_provider_at_work_tells_what_it_does() {
    let bench = start_with(halo_sim::Options { live: Some(60.0), tickets: 3_000, ..options() }).await;
    let receiver = Receiver::start().await;
    hook(&bench, &receiver, json!({}), &["Ticket Changed", "New Ticket Logged", "Closed"]).await;
    bench.advance(86_400.0).await;
    flush(&bench).await;
    let bodies = receiver.bodies();
    for event in ["ticket changed", "new ticket logged", "closed"] {
        assert!(texts(&bodies, "event").contains(&event), "{event}");
    }
    assert!(texts(&bodies, "timestamp").is_sorted());
}

#[tokio::test]
async fn batches_collect_until_they_are_due_or_full() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let fields = json!({"batch_method": 1, "batch_delay_seconds": 60, "batch_limit": 3, "payload_type": 2});
    hook(&bench, &receiver, fields, &["Ticket Changed", "Site updated"]).await;
    for event in ["ticket changed", "site updated"] {
        bench.control(Method::POST, "webhooks/fire", &json!({"event": event, "count": 4})).await;
    }
    flush(&bench).await;
    assert_eq!(receiver.heard().len(), 0);
    bench.advance(60.0).await;
    flush(&bench).await;
    let sizes: Vec<_> = receiver.bodies().iter().map(|body| body.as_array().unwrap().len()).collect();
    assert_eq!(sizes, [3, 1, 3, 1]);
}

#[tokio::test]
async fn load_is_made_without_a_change_or_with_one() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    hook(&bench, &receiver, json!({"payload_type": 2}), &["Ticket Changed"]).await;
    let before = bench.truth("Tickets").await;
    let fire = async |asked: Value| bench.control(Method::POST, "webhooks/fire", &asked).await;
    let answer = fire(json!({"event": "ticket changed", "count": 500, "id": 1_010})).await;
    assert_eq!(answer, json!({"occurrences": 500, "deliveries": 500}));
    fire(json!({"event": "Ticket Changed", "count": 100})).await;
    let begun = std::time::Instant::now();
    flush(&bench).await;
    println!("600 deliveries in {:?}", begun.elapsed());
    let objects: Vec<i64> = receiver.bodies().iter().map(|body| body["object_id"].as_i64().unwrap()).collect();
    assert!(objects[..500].iter().all(|id| *id == 1_010));
    assert_eq!(objects[500..].iter().collect::<BTreeSet<_>>().len(), 100);
    assert_eq!(bench.truth("Tickets").await, before);
    fire(json!({"event": "ticket changed", "id": 1_010, "change": true})).await;
    assert_ne!(bench.truth("Tickets").await, before);
    for wrong in
        [json!({"event": "nope"}), json!({}), json!({"event": "Mention"}), json!({"event": "Closed", "count": -1})]
    {
        assert_eq!(bench.try_control(Method::POST, "webhooks/fire", &wrong).await.0, 400, "{wrong}");
    }
}
