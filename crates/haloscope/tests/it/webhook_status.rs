//! What is said of webhooks: the four statuses, the five causes, and which records no delivery told of. The clock is stepped, so that
//! days take milliseconds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use halo_sim::Options;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::truth;
use crate::webhooks::{ELEVEN, Site, announce};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

impl Site {
    /// Stands still but for what is advanced.
    async fn standing(tickets: u32) -> Self {
        Self::at(Desk::standing(Options { tickets, limit: 1_000_000, ..Options::default() }).await).await
    }

    async fn advance(&self, seconds: u64) {
        self.desk.post("clock", &json!({ "advance_seconds": seconds })).await;
    }

    /// Lets HaloPSA send what is due, and time pass in which it is late at most.
    async fn send(&self) {
        self.desk.post("deliveries/flush", &json!({})).await;
    }

    /// Reads what changed, and lets so much time pass that deliveries should have come.
    async fn poll(&self) {
        self.desk.run(&["sync"]).await.with_code(0);
        self.advance(31).await;
    }

    async fn status(&self) -> Value {
        self.desk.run(&["webhook", "status", "--json"]).await.with_code(0).json()["status"].take()
    }

    #[track_caller]
    fn check(&self, status: &Value, wanted: &str, cause: Option<&str>) -> impl Future<Output = ()> {
        let found = (status["status"].as_str(), status["cause"]["cause"].as_str());
        assert_eq!(found, (Some(wanted), cause), "{status:#}");
        let title = match wanted {
            "successful" => "Webhook Successful",
            "partial" => "Webhook received no data for some events",
            "no_data" => "Webhook received no data",
            _ => "Webhook received no data within 4 days",
        };
        assert_eq!(status["title"], title);
        // Whoever reads the text sees the same, but for the times in it.
        let cause: String = status["cause"]["sentence"].as_str().unwrap_or_default().chars().take(12).collect();
        async move {
            let text = self.desk.run(&["webhook", "status"]).await.with_code(0).out;
            assert!(text.starts_with(&format!("{title}\n")) && text.contains(&cause), "{cause}\n{text}");
        }
    }

    async fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let status = self.status().await;
            if wanted(&status) {
                return status;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "never {what}: {status:#}\n{}", self.server.log());
            // What is tried again, or waits for others, is so by the clock.
            self.advance(5).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn fire(&self, events: &[&str]) {
        for event in events {
            self.desk.post("webhooks/fire", &json!({ "event": event, "count": 1 })).await;
        }
        self.send().await;
    }
}

fn settled(status: &Value) -> bool {
    status["waiting"] == 0
}

#[tokio::test(flavor = "multi_thread")]
async fn each_status_and_cause_comes_about() {
    let site = Site::standing(300).await;
    site.advance(HOUR).await;
    site.desk.run(&["sync"]).await.with_code(0);
    site.advance(HOUR).await;
    site.check(&site.status().await, "no_data", Some("quiet")).await;

    // Tickets change, and nobody tells.
    site.desk.post("mutate", &json!({ "seed": 1, "count": 30, "tickets_only": true })).await;
    site.poll().await;
    let status = site.status().await;
    site.check(&status, "no_data", Some("set_up_wrongly")).await;
    assert!(status["cause"]["example"]["record"].as_i64() > Some(0) && status["cause"]["times"].as_u64() > Some(3));
    assert_eq!(status["families"][0]["covered"], false);

    // HaloPSA posts, with a wrong password.
    let password =
        json!({ "authentication_type": 1, "basic_username": "halo", "basic_password": "hush", "payload_type": 1 });
    announce(&site.desk, &site.url, password).await;
    let protect = async |secret: &str| {
        let mut protect = site.desk.command(&["webhook", "protect", "--basic", "halo"]);
        assert!(protect.env("HALOSCOPE_WEBHOOK_SECRET", secret).status().await.unwrap().success());
    };
    protect("other").await;
    site.fire(&["Ticket Changed"]).await;
    let status = site.until("refused", |status| !status["refused"].as_array().unwrap().is_empty()).await;
    site.check(&status, "no_data", Some("refused")).await;
    assert_eq!(status["refused"][0]["status"], 401);

    // The password is mended: what was refused comes again, some events are still missing.
    protect("hush").await;
    site.advance(HOUR).await;
    site.send().await;
    site.desk.run(&["sync"]).await.with_code(0);
    let status = site.until("settled", settled).await;
    site.check(&status, "partial", Some("set_up_wrongly")).await;
    site.fire(&ELEVEN).await;
    let status = site.until("settled", settled).await;
    site.check(&status, "successful", None).await;

    // Nothing happens for days.
    site.advance(5 * DAY).await;
    site.desk.run(&["sync"]).await.with_code(0);
    site.send().await;
    let began = site.until("settled", settled).await;
    if began["status"] == "no_data_4_days" {
        site.check(&began, "no_data_4_days", Some("quiet")).await;
    }
    site.fire(&["Ticket Changed"]).await;
    site.until("settled", settled).await;

    // HaloPSA switches it off.
    site.desk.trap(json!({ "webhook_disabled": { "deliveries": 1 } })).await;
    site.fire(&["Site updated"]).await;
    site.advance(60).await;
    site.desk.post("mutate", &json!({ "seed": 2, "count": 30, "tickets_only": true })).await;
    site.poll().await;
    let status = site.until("settled", settled).await;
    site.check(&status, "successful", Some("stopped")).await;
    site.advance(4 * DAY + HOUR).await;
    site.desk.run(&["sync"]).await.with_code(0);
    site.check(&site.status().await, "no_data_4_days", Some("stopped")).await;
    assert_eq!(site.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_agent_may_not_read_is_never_confirmed() {
    let desk = Desk::standing(Options { tickets: 300, limit: 1_000_000, ..Options::default() }).await;
    desk.trap(json!({ "forbidden": { "entities": ["Invoice"] } })).await;
    let site = Site::at(desk).await;
    announce(&site.desk, &site.url, json!({})).await;
    site.fire(&["Invoice updated"]).await;
    let status = site.until("confirmed or not", |status| !status["events"][9]["cause"].is_null()).await;
    site.check(&status, "partial", Some("never_confirmed")).await;
    assert!(status["cause"]["sentence"].as_str().unwrap().contains("refuses"), "{status:#}");
    assert_eq!(site.server.stop().await.0, Some(0));
}

/// Records (family, id) whose last event was not delivered, as the simulator has it.
async fn untold(desk: &Desk) -> BTreeSet<(String, i64)> {
    let mut last: BTreeMap<(String, i64), (String, String)> = BTreeMap::new();
    for line in desk.get("deliveries").await.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let family = match line["entity"].as_str().unwrap() {
            "Tickets" => "tickets",
            "Site" => "sites",
            "Users" => "users",
            _ => "invoices",
        };
        if line["traps"].as_array().unwrap().iter().any(|trap| trap == "webhook_gone") {
            continue;
        }
        let occurred = line["occurred"].as_str().unwrap().to_owned();
        let known = last.entry((family.to_owned(), line["record_id"].as_i64().unwrap())).or_default();
        if line["fate"] == "delivered" {
            known.1 = known.1.clone().max(occurred.clone());
        }
        known.0 = known.0.clone().max(occurred);
    }
    last.into_iter().filter(|(_, (happened, told))| happened > told).map(|(record, _)| record).collect()
}

async fn unannounced(site: &Site) -> BTreeSet<(String, i64)> {
    let answer = site.desk.run(&["webhook", "unannounced", "--json"]).await.with_code(0).json();
    let records = answer["unannounced"].as_array().unwrap();
    records.iter().map(|it| (it["family"].as_str().unwrap().to_owned(), it["record"].as_i64().unwrap())).collect()
}

/// Records that are no longer there.
async fn gone(desk: &Desk) -> BTreeSet<(String, i64)> {
    let tables = [("tickets", "tickets"), ("tickets", "projects"), ("tickets", "opportunities"), ("sites", "sites")];
    let mut gone = BTreeSet::new();
    for (family, table) in tables.into_iter().chain([("users", "users"), ("invoices", "invoices")]) {
        let rows = desk.query(&format!("select id from halo.{table} where deleted_at is not null")).await;
        gone.extend(rows.iter().map(|row| (family.to_owned(), row["id"].as_i64().unwrap())));
    }
    gone
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_nobody_told_of_are_named_and_late_ones_no_longer() {
    let site = Site::standing(2_000).await;
    announce(&site.desk, &site.url, json!({ "payload_type": 1 })).await;
    site.advance(60).await;
    site.desk
        .trap(json!({
            "webhook_lost": { "percent": 1, "seed": 5 },
            "webhook_late": { "every": 37, "seconds": 4 * HOUR },
            "webhook_reordered": { "every": 41 },
        }))
        .await;
    for seed in 0..10 {
        site.desk.mutate(seed, 150).await;
        site.advance(120).await;
        site.send().await;
        site.desk.run(&["sync"]).await.with_code(0);
    }
    site.poll().await;
    site.until("settled", settled).await;
    let (named, wanted) = (unannounced(&site).await, untold(&site.desk).await);
    // Of what is gone, its end is its last change.
    let gone = gone(&site.desk).await;
    let missed: Vec<_> = wanted.difference(&named).filter(|record| !gone.contains(*record)).collect();
    let false_alarms: Vec<_> = named.difference(&wanted).collect();
    assert!(missed.is_empty() && false_alarms.is_empty(), "missed {missed:?}, false alarms {false_alarms:?}");
    assert!(named.len() > 8, "{named:?}");

    site.advance(5 * HOUR).await;
    site.send().await;
    site.until("settled", settled).await;
    let (later, lost) = (unannounced(&site).await, untold(&site.desk).await);
    assert!(later.is_subset(&lost) && later.len() < named.len(), "{later:?} {lost:?}");
    assert!(lost.difference(&later).all(|record| gone.contains(record)), "{later:?} {lost:?}");
    let status = site.status().await;
    let coverage = &status["families"][0]["coverage_7_days"];
    let (happened, announced) = (coverage["happened"].as_u64().unwrap(), coverage["announced"].as_u64().unwrap());
    assert!(announced < happened && announced * 100 > happened * 95, "{status:#}");
    // Ratings came in meanwhile, which no webhook tells of.
    site.desk.run(&["sync"]).await.with_code(0);
    assert_eq!(truth::differences(&site.desk).await, Vec::<String>::new());
    assert_eq!(site.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silence_that_chance_does_not_explain_is_looked_into() {
    let site = Site::standing(300).await;
    announce(&site.desk, &site.url, json!({ "payload_type": 1 })).await;
    let last_pass = async || site.desk.run(&["status", "--json"]).await.json()["connections"][0]["last_run"].clone();
    // While nothing changes, passes become rare.
    for _ in 0..8 {
        let before = last_pass().await;
        let began = Instant::now();
        while last_pass().await == before || last_pass().await["finished_at"].is_null() {
            assert!(began.elapsed() < Duration::from_secs(60), "{}", site.server.log());
            site.advance(60).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    site.desk.post("webhooks/fire", &json!({ "event": "Ticket Changed", "count": 200 })).await;
    site.fire(&ELEVEN).await;
    let status = site.until("settled", settled).await;
    let before = last_pass().await;
    assert_eq!(status["families"][0]["covered"], true, "{status:#}");

    site.desk.trap(json!({ "webhook_lost": { "percent": 100 } })).await;
    site.desk.post("mutate", &json!({ "seed": 2, "count": 30, "tickets_only": true })).await;
    let status = site.until("stopped", |status| status["cause"]["cause"] == "stopped").await;
    site.check(&status, "successful", Some("stopped")).await;
    assert_eq!(last_pass().await, before, "no pass told of it");
    assert_eq!(site.server.stop().await.0, Some(0));
}
