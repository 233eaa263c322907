//! Webhooks: set up by the API and by the pages, and heard by a receiver of the tests' own.

mod api;
mod deliveries;
mod pages;
mod receiver;
mod retries;
mod traps;

use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::Bench;
use receiver::Receiver;

/// The events that the set-up guide names.
pub(crate) const ELEVEN: [&str; 11] = [
    "Ticket Changed",
    "New Ticket Logged",
    "Site created",
    "Site updated",
    "Site deleted",
    "User created",
    "User updated",
    "User deleted",
    "Invoice created",
    "Invoice updated",
    "Invoice deleted",
];

/// Number of an event, as the catalogue has it.
async fn number(bench: &Bench, name: &str) -> i64 {
    let rows = bench.rows("Lookup?lookupid=64").await;
    let row = rows.iter().find(|row| row["name"] == name);
    row.unwrap_or_else(|| panic!("no event {name}"))["id"].as_i64().unwrap()
}

/// A webhook with these fields besides name and address, that asks for these events.
async fn hook(bench: &Bench, receiver: &Receiver, fields: Value, events: &[&str]) -> String {
    let mut element = json!({"name": "BI sync", "url": receiver.url(), "active": true});
    element.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let (status, made) = bench.post("Webhook", &json!([element])).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap().to_owned();
    let mut elements = Vec::new();
    for name in events {
        let no = number(bench, name).await.to_string();
        elements.push(json!({"webhook_id": id, "eventno": no, "name": name, "type": "-2", "delivery_method": "6"}));
    }
    if !elements.is_empty() {
        assert_eq!(bench.post("Notification", &elements.into()).await.0, 201);
    }
    id
}

/// Sends all that is due.
async fn flush(bench: &Bench) -> Value {
    bench.control(Method::POST, "deliveries/flush", &json!({})).await
}

/// Changes a ticket through the API and waits until that was told.
async fn change(bench: &Bench, element: Value) {
    let (status, body) = bench.post("Tickets", &json!([element])).await;
    assert_eq!(status, 201, "{body}");
    flush(bench).await;
}

/// The truth about deliveries.
async fn deliveries(bench: &Bench) -> Vec<Value> {
    let url = format!("{}/_sim/deliveries", bench.running.base_url());
    let text = bench.http.get(url).send().await.unwrap().text().await.unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn texts<'a>(rows: &'a [Value], name: &str) -> Vec<&'a str> {
    rows.iter().map(|row| row[name].as_str().unwrap()).collect()
}
