//! What deliveries tell of is shown before HaloPSA is asked, and taken back if it does not confirm it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::truth;
use crate::webhooks::{Site, announce};

/// How many rows are only told of.
async fn provisional(desk: &Desk) -> usize {
    let rows = desk.query("select id from halo.tickets where _provisional is not null").await;
    rows.len()
}

async fn until_provisional(site: &Site, wanted: impl Fn(usize) -> bool) {
    let began = Instant::now();
    while !wanted(provisional(&site.desk).await) {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", site.server.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_show_before_halopsa_is_asked() {
    let site = Site::open().await;
    announce(&site.desk, &site.url, json!({ "payload_type": 1 })).await;
    site.desk.trap(json!({ "slow": { "entities": ["Tickets"], "milliseconds": 8000, "jitter": 0 } })).await;
    site.desk.post("mutate", &json!({ "seed": 3, "count": 40, "tickets_only": true })).await;
    site.desk.post("deliveries/flush", &json!({})).await;
    until_provisional(&site, |rows| rows > 5).await;
    let log = site.log(&["--limit", "1000"]).await;
    let delays: Vec<i64> =
        log.iter().filter_map(|logged| Some(logged["visible_at"].as_i64()? - logged["arrived_at"].as_i64()?)).collect();
    assert!(delays.len() * 2 > log.len() && delays.iter().all(|delay| *delay < 5_000_000), "{delays:?}");
    // An answer confirms all of it.
    site.desk.trap(json!({ "slow": false })).await;
    site.settled().await;
    site.desk.run(&["sync"]).await.with_code(0);
    assert_eq!(provisional(&site.desk).await, 0);
    assert_eq!(truth::differences(&site.desk).await, Vec::<String>::new());
    assert_eq!(site.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_halopsa_does_not_confirm_is_taken_back() {
    let site = Site::open().await;
    let before = site.desk.query("select id, summary, tickettype_id from halo.tickets order by id desc limit 1").await;
    let (id, summary) = (before[0]["id"].as_i64().unwrap(), before[0]["summary"].clone());
    let now = jiff::Timestamp::now().to_string();
    let told = |key: &str, id: i64, event: &str| {
        let ticket = json!({
            "id": id, "summary": "as somebody says", "lastupdate": now, "tickettype_id": before[0]["tickettype_id"],
        });
        json!({ "id": key, "event": event, "object_id": id, "timestamp": now, "ticket": ticket }).to_string()
    };
    // Nothing changed there; and there is no such ticket.
    assert_eq!(site.post(told("a", id, "ticket changed")).await, 200);
    assert_eq!(site.post(told("b", 999_999, "new ticket logged")).await, 200);
    until_provisional(&site, |rows| rows == 2).await;
    let shown = site.desk.query(&format!("select summary from halo.tickets where id = {id}")).await;
    assert_eq!(shown[0]["summary"], "as somebody says");
    let log = site.settled().await;
    let did = |key: &str| -> Value {
        let logged = log.iter().find(|logged| logged["key"] == key).unwrap();
        serde_json::from_str(logged["outcome"].as_str().unwrap()).unwrap()
    };
    assert_eq!((did("a")["did"].as_str(), did("b")["did"].as_str()), (Some("unlisted"), Some("unlisted")));
    assert_eq!(provisional(&site.desk).await, 0);
    let rows = site.desk.query(&format!("select id, summary from halo.tickets where id in ({id}, 999999)")).await;
    assert!(rows.len() == 1 && rows[0]["summary"] == summary, "{rows:?}");
    assert_eq!(site.desk.query("select count(*) as n from halo.changes").await[0]["n"], 0);
    assert_eq!(truth::differences(&site.desk).await, Vec::<String>::new());
    assert_eq!(site.server.stop().await.0, Some(0));
}
