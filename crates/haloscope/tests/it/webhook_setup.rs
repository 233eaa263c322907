//! Making the webhook in HaloPSA, trying the address, and fetching what came while nobody listened.

use halo_sim::Options;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::serve::{Server, is_complete, until};
use crate::truth;
use crate::webhooks::{ELEVEN, Site, announce, ask};

async fn create(site: &Site) -> Value {
    site.desk.run(&["webhook", "create", "--json"]).await.with_code(0).json()["created"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_webhook_is_made_once_and_mended() {
    let site = Site::open().await;
    let made = create(&site).await;
    assert!(made["created"] == true && made["added"].as_array().unwrap().len() == 11, "{made:#}");
    let shown = made.to_string();
    let id = made["id"].as_str().unwrap();
    let webhooks = ask(&site.desk, "Webhook", None).await;
    assert!(webhooks.as_array().unwrap().len() == 1 && webhooks[0]["url"] == site.url.as_str(), "{webhooks:#}");
    assert_eq!(webhooks[0]["authentication_type"], 1);
    let secret = site.url.rsplit('/').next().unwrap();
    assert!(shown.contains("***") && !shown.contains(secret), "{shown}");

    // Its deliveries come in, with the password that both sides were given.
    site.desk.mutate(1, 60).await;
    site.desk.post("deliveries/flush", &json!({})).await;
    let log = site.settled().await;
    assert!(log.iter().any(|logged| logged["event"] == "Ticket Changed"), "{log:?}");
    let status = site.http.post(&site.url).body("{}").send().await.unwrap().status();
    assert_eq!(status, 401, "without the password nothing comes in");

    let again = create(&site).await;
    let is_empty = |field: &str| again[field].as_array().unwrap().is_empty();
    assert!(again["created"] == false && is_empty("mended") && is_empty("added"), "{again:#}");

    // Somebody switched it off and took an event away; and the address is another one by now.
    let notifications = ask(&site.desk, &format!("Notification?webhook_id={id}"), None).await;
    assert_eq!(notifications.as_array().unwrap().len(), ELEVEN.len());
    ask(&site.desk, "Webhook", Some(json!([{ "id": id, "active": false }]))).await;
    site.desk.run(&["webhook", "rotate"]).await.with_code(0);
    let mended = create(&site).await;
    assert!(mended["created"] == false && mended["mended"].as_array().unwrap().len() == 2, "{mended:#}");
    let webhooks = ask(&site.desk, "Webhook", None).await;
    assert!(webhooks.as_array().unwrap().len() == 1 && webhooks[0]["active"] == true, "{webhooks:#}");
    let before = site.log(&["--limit", "10000"]).await.len();
    site.desk.mutate(2, 30).await;
    site.desk.post("deliveries/flush", &json!({})).await;
    assert!(site.settled().await.len() > before);
    assert!(site.server.log().lines().all(|line| !line.contains("ERROR")), "{}", site.server.log());
    assert_eq!(site.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_nothing_is_made_and_it_is_said_which() {
    let desk = Desk::open(Options { tickets: 300, limit: 100_000, ..Options::default() }).await;
    desk.trap(json!({ "app_scopes": { "allowed": ["read:tickets"] } })).await;
    let site = Site::at(desk).await;
    let refused = site.desk.run(&["webhook", "create"]).await.with_code(1);
    assert!(refused.err.contains("`admin`") && refused.err.contains("by hand"), "{}", refused.err);
    site.desk.trap(json!({ "app_scopes": false })).await;
    assert_eq!(ask(&site.desk, "Webhook", None).await, json!([]));
    assert_eq!(site.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_whether_the_address_leads_here() {
    let site = Site::open().await;
    let good = site.desk.run(&["webhook", "test", "--json"]).await.with_code(0).json();
    assert!(good["tested"]["reached"] == true && good["tested"]["status"] == 200, "{good:#}");
    assert!(site.log(&[]).await.is_empty(), "a test leaves nothing behind");
    assert_eq!(site.server.stop().await.0, Some(0));

    // The simulator answers there, with a page; and nobody does.
    let wrong = site.desk.simulator().base_url().to_owned();
    for (address, word) in [(wrong.as_str(), "something else listens"), ("http://127.0.0.1:1", "did not arrive")] {
        let server = Server::start(&site.desk, &["--public-url", address]);
        until(&site.desk, &server, "serves", |report| report["live"].is_object()).await;
        let bad = site.desk.run(&["webhook", "test"]).await.with_code(1);
        assert!(bad.out.contains(word) && bad.out.contains("--public-url"), "{}", bad.out);
        assert_eq!(server.stop().await.0, Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_while_nobody_listened_is_fetched_from_the_log() {
    let mut site = Site::open().await;
    announce(&site.desk, &site.url, json!({})).await;
    site.desk.mutate(1, 10).await;
    site.desk.post("deliveries/flush", &json!({})).await;
    site.settled().await;
    let address = site.url.split('/').nth(2).unwrap().to_owned();
    site.server.kill().await;
    site.desk.mutate(2, 40).await;
    site.desk.post("deliveries/flush", &json!({})).await;
    site.server = Server::start(&site.desk, &["--listen", &address]);
    until(&site.desk, &site.server, "complete", is_complete).await;
    let recovered = loop {
        let status = site.desk.run(&["webhook", "status", "--json"]).await.with_code(0).json()["status"].take();
        if let Some(count) = status["recovered"]["deliveries"].as_u64().filter(|count| *count > 0) {
            break count;
        }
        assert!(status["recovered"].is_null() || status["recovered"]["readable"] == true, "{status:#}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    let log = site.settled().await;
    let fetched = log.iter().filter(|logged| logged["source"] == "HaloPSA's log").count() as u64;
    assert_eq!(fetched, recovered);
    site.desk.run(&["sync"]).await.with_code(0);
    assert_eq!(truth::differences(&site.desk).await, Vec::<String>::new());
    assert_eq!(site.server.stop().await.0, Some(0));
}
