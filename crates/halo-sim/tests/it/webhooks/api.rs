//! `/Webhook`, `/Notification`, the catalogue and the delivery log.

use reqwest::Method;
use serde_json::json;

use super::receiver::Receiver;
use super::{ELEVEN, change, flush, hook, number};
use crate::bench::start;

#[tokio::test]
async fn the_catalogue_has_the_events_of_the_guide_and_the_numbers_on_record() {
    let bench = start().await;
    for name in ELEVEN {
        number(&bench, name).await;
    }
    for (name, no) in [("New Ticket Logged", 3), ("Ticket Status Changed", 76), ("Ticket Deleted", 1_072)] {
        assert_eq!(number(&bench, name).await, no);
    }
    assert_eq!(bench.status("Lookup/76?lookupid=64").await, 200);
}

#[tokio::test]
async fn a_webhook_is_made_shown_without_its_secret_changed_and_removed() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let fields =
        json!({"authentication_type": "3", "authentication_header": "Token", "basic_password": "hush", "x": 1});
    let id = hook(&bench, &receiver, fields, &["New Ticket Logged"]).await;
    let shown = bench.get(&format!("Webhook/{id}")).await.1;
    assert_eq!((&shown["authentication_type"], shown.get("basic_password"), shown.get("x")), (&json!(3), None, None));
    assert_eq!((&shown["events"][0]["eventno"], &shown["events"][0]["type"]), (&json!(3), &json!(-2)));
    assert_eq!(bench.rows("Webhook").await.first(), Some(&shown));

    let (status, changed) = bench.post("Webhook", &json!([{"id": id, "active": false, "note": "off"}])).await;
    assert_eq!((status.as_u16(), &changed["active"], &changed["name"]), (201, &json!(false), &json!("BI sync")));
    let notification = shown["events"][0]["id"].as_i64().unwrap();
    for (path, status) in
        [(format!("Notification/{notification}"), 200), (format!("Webhook/{id}"), 200), (format!("Webhook/{id}"), 404)]
    {
        assert_eq!(bench.raw(Method::DELETE, &path).await.status(), status, "{path}");
    }
    assert_eq!(bench.status(&format!("Webhook/{id}")).await, 404);
}

#[tokio::test]
async fn names_are_unique_and_what_is_missing_is_refused() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let id = hook(&bench, &receiver, json!({}), &[]).await;
    for (element, said) in [
        (json!({"name": "bi sync ", "url": receiver.url()}), "Name must be unique"),
        (json!({"url": receiver.url()}), "Name is required"),
        (json!({"name": "other", "url": "hooks.example.test"}), "http://"),
    ] {
        let (status, body) = bench.post("Webhook", &json!([element])).await;
        assert!(status == 400 && body["Message"].as_str().unwrap().contains(said), "{body}");
    }
    assert_eq!(bench.post("Webhook", &json!([{"name": "other", "url": receiver.url(), "method": "x"}])).await.0, 400);
    assert_eq!(bench.post("Webhook", &json!([{"id": "no-such", "name": "x"}])).await.0, 404);
    assert_eq!(bench.post("Webhook", &json!([{"id": id, "name": "BI sync"}])).await.0, 201, "its own name is free");
    for element in [json!({"webhook_id": id, "eventno": 5}), json!({"webhook_id": "x", "eventno": 3}), json!({})] {
        assert_eq!(bench.post("Notification", &json!([element])).await.0, 400, "{element}");
    }
}

#[tokio::test]
async fn a_copied_guid_moves_its_notification() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let one = hook(&bench, &receiver, json!({}), &["New Ticket Logged"]).await;
    let other = hook(&bench, &receiver, json!({"name": "other"}), &[]).await;
    let before = bench.rows(&format!("Notification?webhook_id={one}")).await.remove(0);
    let element = json!({"guid": before["guid"], "webhook_id": other, "eventno": "3"});
    let (_, moved) = bench.post("Notification", &json!([element])).await;
    assert_eq!((&moved["id"], &moved["webhook_id"]), (&before["id"], &json!(other)));
    assert_eq!(bench.rows("Notification").await.len(), 1);
}

#[tokio::test]
async fn only_administrators_write_and_a_missing_right_refuses() {
    let mut bench = start().await;
    let element = json!([{"name": "x", "url": "http://hooks.example.test"}]);
    for scope in ["read:tickets", "edit:tickets", "all:standard"] {
        bench.log_in(scope).await;
        assert_eq!(
            (bench.status("Webhook").await, bench.post("Webhook", &element).await.0.as_u16()),
            (200, 401),
            "{scope}"
        );
    }
    bench.log_in("admin").await;
    bench.traps(json!({"agent_access": {"configuration": "read"}})).await;
    assert_eq!((bench.status("Webhook").await, bench.post("Webhook", &element).await.0.as_u16()), (200, 403));
    bench.traps(json!({"agent_access": {"configuration": "none"}})).await;
    assert_eq!((bench.status("Notification").await, bench.status("WebhookEvent").await), (403, 403));
    bench.traps(json!({"agent_access": false, "server_errors": {"every": 1, "entities": ["webhook"]}})).await;
    assert_eq!(bench.status("webhook").await, 500);
    let ledger = bench.ledger().await;
    assert!(ledger["by_path"]["POST Webhook"].as_i64().unwrap() >= 4, "{ledger}");
}

#[tokio::test]
async fn the_log_shows_requests_and_answers_unless_it_is_light() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let full = hook(&bench, &receiver, json!({}), &["Ticket Changed"]).await;
    let light =
        hook(&bench, &receiver, json!({"name": "light", "use_lightweight_logs": true}), &["Ticket Changed"]).await;
    for summary in ["one", "two", "three"] {
        change(&bench, json!({"id": 1_010, "summary": summary})).await;
    }
    let rows = bench.rows(&format!("WebhookEvent?webhook_id={full}&count=2")).await;
    let body: serde_json::Value = serde_json::from_str(rows[0]["requestbody"].as_str().unwrap()).unwrap();
    assert_eq!((rows.len(), &body["ticket"]["summary"], &body["id"]), (2, &json!("three"), &rows[0]["id"]));
    assert_eq!((&rows[0]["responsestatus"], &rows[0]["entity_id"]), (&json!(200), &json!(1_010)));
    assert!(rows[0]["requestheaders"].as_str().unwrap().contains("application/json"));
    let page = bench.get(&format!("WebhookEvent?webhook_id={full}&pageinate=true&page_size=2&page_no=2")).await.1;
    assert_eq!((&page["record_count"], page["events"].as_array().unwrap().len()), (&json!(3), 1));
    let rows = bench.rows(&format!("WebhookEvent?webhook_id={light}")).await;
    assert_eq!((rows.len(), &rows[0]["requestbody"], &rows[0]["responsestatus"]), (3, &json!(""), &json!(200)));
    assert_eq!(flush(&bench).await["deliveries"]["delivered"], 6);
    assert_eq!(bench.ledger().await["deliveries"]["delivered"], 6);
}
