//! Creates, updates and deletes through the API.

use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::{read, start};

#[tokio::test]
async fn one_element_is_answered_with_an_object_and_many_with_an_array() {
    let bench = start().await;
    let element = json!({"summary": "A new printer", "details": "Please.", "tickettype_id": 1});
    let (status, one) = bench.post("Tickets", &json!([element])).await;
    assert_eq!(status, 201, "{one}");
    assert_eq!(one["summary"], "A new printer");
    let (status, many) = bench.post("tickets", &json!([element, element])).await;
    assert_eq!((status.as_u16(), many.as_array().unwrap().len()), (201, 2));
    let listed = &bench.rows("Tickets?count=1").await[0];
    assert_eq!(listed["id"], many[1]["id"]);
    assert_eq!(listed["last_update"].as_str().unwrap()[..19], *"2026-11-24T17:00:00");
}

#[tokio::test]
async fn an_element_with_an_id_updates() {
    let bench = start().await;
    bench.advance(5.0).await;
    let row = bench.rows("Tickets?domain=reqs&count=1").await.remove(0);
    let (status, answer) = bench.post("Tickets", &json!([{"id": row["id"], "summary": "Renamed", "no_such": 1}])).await;
    assert_eq!((status.as_u16(), &answer["summary"]), (201, &json!("Renamed")), "{answer}");
    let after = bench.rows(&format!("Tickets?ticketids={}", row["id"])).await.remove(0);
    assert_eq!((&after["summary"], &after["last_update"]), (&json!("Renamed"), &json!("2026-11-24T17:00:05")));
}

#[tokio::test]
async fn wrong_writes_get_the_known_errors() {
    let bench = start().await;
    for (body, expected) in [(json!({"summary": "bare"}), 400), (json!([]), 400), (json!([1]), 400), (json!("x"), 400)]
    {
        assert_eq!(bench.post("Tickets", &body).await.0, expected, "{body}");
    }
    let (status, body) = bench.post("Tickets", &json!([{"summary": "x", "client_id": "abc"}])).await;
    assert_eq!(status, 400);
    assert!(body["[0].client_id"].is_array(), "{body}");
    assert_eq!(bench.post("Tickets", &json!([{"id": 99_999_999, "summary": "x"}])).await.0, 404);
    let url = format!("{}/Tickets", bench.running.resource_url());
    let plain = bench.http.post(&url).bearer_auth(&bench.token).header("content-type", "text/plain").body("[]");
    assert_eq!(plain.send().await.unwrap().status(), 415);
    for method in [Method::PUT, Method::PATCH] {
        assert_eq!(bench.raw(method.clone(), "Tickets").await.status(), 405, "{method}");
    }
}

#[tokio::test]
async fn a_deleted_ticket_is_soft_deleted() {
    let bench = start().await;
    let id = bench.ids("Tickets?domain=reqs&count=1").await[0];
    let (status, _) = read(bench.raw(Method::DELETE, &format!("Tickets/{id}")).await).await;
    assert_eq!(status, 200);
    assert_eq!(bench.status(&format!("Tickets/{id}")).await, 404);
    assert!(!bench.ids("Tickets").await.contains(&id));
    assert!(bench.ids("Tickets?deleted=true").await.contains(&id));
    assert_eq!(
        read(bench.raw(Method::DELETE, &format!("Tickets/{id}")).await).await,
        (404.try_into().unwrap(), Value::Null)
    );
    assert_eq!(bench.raw(Method::DELETE, "Tickets/abc").await.status(), 400);
}
