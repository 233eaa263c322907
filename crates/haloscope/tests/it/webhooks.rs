//! What HaloPSA posts, from the socket to the warehouse, with the real program.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use halo_sim::Options;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::desk::Desk;
use crate::serve::{Server, is_complete, until};
use crate::truth;

/// The program serves, its first reading is done, and this is where HaloPSA posts to.
pub(crate) struct Site {
    pub(crate) desk: Desk,
    pub(crate) server: Server,
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
}

impl Site {
    pub(crate) async fn open() -> Self {
        Self::at(Desk::open(Options { tickets: 300, limit: 100_000, ..Options::default() }).await).await
    }

    pub(crate) async fn at(desk: Desk) -> Self {
        desk.connect(&[]).await.with_code(0);
        let server = Server::start(&desk, &[]);
        until(&desk, &server, "complete", is_complete).await;
        let url = url(&desk).await;
        Self { desk, server, url, http: reqwest::Client::new() }
    }

    pub(crate) async fn post(&self, body: impl Into<reqwest::Body>) -> StatusCode {
        self.http.post(&self.url).body(body).send().await.unwrap().status()
    }

    pub(crate) async fn log(&self, more: &[&str]) -> Vec<Value> {
        let answer = self.desk.run(&[&["webhook", "log", "--json"], more].concat()).await.with_code(0).json();
        answer["log"].as_array().unwrap().clone()
    }

    /// Waits until no delivery waits.
    pub(crate) async fn settled(&self) -> Vec<Value> {
        let began = Instant::now();
        while !self.log(&["--state", "waiting"]).await.is_empty() {
            assert!(began.elapsed() < Duration::from_secs(60), "never settled: {}", self.server.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.log(&["--limit", "10000"]).await
    }
}

pub(crate) async fn url(desk: &Desk) -> String {
    let answer = desk.run(&["webhook", "url", "--json"]).await.with_code(0).json();
    answer["url"]["callback_url"].as_str().unwrap().to_owned()
}

/// A delivery as HaloPSA sends it.
pub(crate) fn delivery(key: &str, event: &str, record: i64) -> String {
    let now = jiff::Timestamp::now().to_string();
    json!({ "id": key, "event": event, "object_id": record, "timestamp": now }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_is_kept_and_shown_and_what_does_not_belong_is_turned_away() {
    let site = Site::open().await;
    let check = async |body: &str, expected: StatusCode| {
        let got = site.post(body.to_owned()).await;
        assert_eq!(got, expected, "{}", body.chars().take(60).collect::<String>());
    };
    check(&delivery("a", "ticket status changed", 1001), StatusCode::OK).await;
    check(&delivery("a", "ticket status changed", 1001), StatusCode::OK).await;
    check(&format!("[{},{}]", delivery("b", "Invoice Created", 5), delivery("c", "mention", 7)), StatusCode::OK).await;
    check("hello", StatusCode::BAD_REQUEST).await;
    check("", StatusCode::BAD_REQUEST).await;
    check(&format!("\"{}\"", "x".repeat(5_000_001)), StatusCode::PAYLOAD_TOO_LARGE).await;
    let wrong = [site.url.replace("/hooks/1/", "/hooks/2/"), format!("{}0", site.url), format!("{}/x", site.url)];
    for url in wrong {
        let status = site.http.post(&url).body("{}").send().await.unwrap().status();
        assert_eq!(status, StatusCode::NOT_FOUND, "{url}");
    }
    let get = site.http.get(&site.url).send().await.unwrap().status();
    assert_eq!(get, StatusCode::METHOD_NOT_ALLOWED);

    let log = site.settled().await;
    let shown: Vec<(&str, Option<&str>, i64)> = log
        .iter()
        .map(|logged| (logged["key"].as_str().unwrap(), logged["event"].as_str(), logged["repeats"].as_i64().unwrap()))
        .collect();
    assert_eq!(
        shown,
        [("c", None, 0), ("b", Some("Invoice created"), 0), ("a", Some("Ticket Changed"), 1)],
        "the newest first, each once"
    );
    let one = site.log(&[&log[2]["number"].to_string()]).await;
    assert!(one[0]["body"].as_str().unwrap().contains("\"id\":\"a\""), "{one:?}");
    let secret = site.url.rsplit('/').next().unwrap();
    assert!(!site.server.log().contains(secret), "the secret stands in no log");
    let proxied = site.http.post(&site.url).header("x-original-url", &site.url).header("x-api-key", "hush");
    let status = proxied.body(delivery("d", "mention", 1)).send().await.unwrap().status();
    assert_eq!(status, StatusCode::OK);
    let shown = site.log(&[]).await[0]["headers"].as_str().unwrap().to_owned();
    assert!(shown.contains("x-original-url") && !shown.contains(secret) && !shown.contains("hush"), "{shown}");
    assert_eq!(site.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_here_seconds_after_its_delivery_and_a_burst_costs_little() {
    let site = Site::open().await;
    let tickets = || async { ledger(&site.desk).await["by_path"]["Tickets"].as_u64().unwrap_or(0) };
    let newest = site.desk.query("select epoch_us(max(last_update)) as at from halo.tickets").await[0]["at"].as_i64();
    let done = site.desk.post("mutate", &json!({ "seed": 3, "count": 20, "tickets_only": true })).await;
    let changed: BTreeSet<i64> =
        done["done"].as_array().unwrap().iter().filter_map(|change| change["id"].as_i64()).collect();
    let before = tickets().await;
    let began = Instant::now();
    // All of them, some often, as HaloPSA does when several events fit one change.
    for (number, record) in (0..1_000).zip(changed.iter().cycle()) {
        let status = site.post(delivery(&format!("d-{number}"), "ticket status changed", *record)).await;
        assert_eq!(status, StatusCode::OK);
    }
    let log = site.settled().await;
    let took = began.elapsed();
    let asked = tickets().await - before;
    assert_eq!(log.len(), 1_000);
    // Twice the pages of the three lists that a ticket may be in, and some that are said to be changed but are gone.
    assert!(asked <= 12, "{asked} requests in {took:?}, {}", site.server.log());
    let ids = changed.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    let sql = format!(
        "select id, coalesce(deleted_at::varchar, '') as gone, epoch_us(last_update) as at from halo.tickets where id in ({ids})"
    );
    let rows = site.desk.query(&sql).await;
    let fresh = rows.iter().filter(|row| row["at"].as_i64() > newest).count();
    assert!(fresh * 2 > changed.len(), "{fresh} of {changed:?}: {rows:?}");
    assert_eq!(site.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_can_be_changed_and_the_old_one_is_accepted_for_an_hour() {
    let site = Site::open().await;
    let answer = site.desk.run(&["webhook", "rotate", "--json"]).await.with_code(0).json();
    let new = answer["url"]["callback_url"].as_str().unwrap();
    assert_ne!(new, site.url);
    assert!(answer["url"]["old_ends_at"].as_i64() > Some(jiff::Timestamp::now().as_microsecond()), "{answer}");
    assert_eq!(url(&site.desk).await, new);
    for url in [new, &site.url] {
        let status = site.http.post(url).body(delivery(url, "closed", 1001)).send().await.unwrap().status();
        assert_eq!(status, StatusCode::OK, "{url}");
    }
    assert_eq!(site.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_outlives_a_kill() {
    let mut site = Site::open().await;
    let mut acknowledged = BTreeSet::new();
    for round in 0..5 {
        let senders = (0..8).map(|sender| {
            let (http, url) = (site.http.clone(), site.url.clone());
            tokio::spawn(async move {
                let mut kept = Vec::new();
                for number in 0.. {
                    let key = format!("{round}-{sender}-{number}");
                    let post = http.post(&url).body(delivery(&key, "ticket status changed", 1001)).send().await;
                    match post {
                        Ok(answer) if answer.status() == StatusCode::OK => kept.push(key),
                        _ => return kept,
                    }
                }
                kept
            })
        });
        let senders: Vec<_> = senders.collect();
        tokio::time::sleep(Duration::from_millis(150 + 70 * round)).await;
        let address = site.url.split('/').nth(2).unwrap().to_owned();
        site.server.kill().await;
        for sender in senders {
            acknowledged.extend(sender.await.unwrap());
        }
        site.server = Server::start(&site.desk, &["--listen", &address]);
        until(&site.desk, &site.server, "serves", |report| report["live"].is_object()).await;
    }
    let log = site.log(&["--limit", "1000000"]).await;
    let kept: BTreeSet<String> = log.iter().map(|logged| logged["key"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kept.len(), log.len(), "each once");
    let lost: Vec<_> = acknowledged.difference(&kept).collect();
    assert!(lost.is_empty() && acknowledged.len() > 100, "{} acknowledged, lost {lost:?}", acknowledged.len());
    assert_eq!(site.server.stop().await.0, Some(0));
}

/// The most memory that the program ever had, kB.
fn most_memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    most.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_and_endless_posts_keep_nobody_out() {
    let site = Site::open().await;
    let address = site.url.split('/').nth(2).unwrap().to_owned();
    let path = site.url.split_once(&address).unwrap().1.to_owned();
    let before = most_memory(&site.server);
    let giant = "x".repeat(1_000_000);
    let mut slow = Vec::new();
    for number in 0..500 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let head = match number % 4 {
            0 => "POST /hooks/1/wrong HTTP/1.1\r\nHost: x\r\nX-Endless: ".to_owned(),
            1 => format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n{{\"a\":\""),
            2 => format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1900000\r\n\r\n{{\"a\":\"{giant}"),
            _ => format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n{}",
                "x".repeat(1024)
            ),
        };
        // Whoever sends too much may be turned away in the middle.
        let _ = stream.write_all(head.as_bytes()).await;
        slow.push(stream);
    }
    let mut worst = Duration::ZERO;
    for number in 0..200 {
        let began = Instant::now();
        let status = site.post(delivery(&format!("n-{number}"), "mention", 1)).await;
        worst = worst.max(began.elapsed());
        assert_eq!(status, StatusCode::OK);
    }
    assert!(worst < Duration::from_secs(5), "{worst:?}");
    // 64 MB for bodies, and what 500 connections take.
    let grown = most_memory(&site.server) - before;
    assert!(grown < 200_000, "{grown} kB");
    drop(slow);
    assert_eq!(site.server.stop().await.0, Some(0));
}

/// What the simulator does to deliveries, with settings that leave none of them as it should be for long.
pub(crate) fn traps() -> Value {
    json!({
        "webhook_lost": { "percent": 15, "seed": 3 },
        "webhook_twice": { "every": 5 },
        "webhook_late": { "every": 6, "seconds": 3 },
        "webhook_reordered": { "every": 3 },
        "webhook_batched": { "every": 4, "seconds": 1, "limit": 20 },
        "webhook_bare": { "every": 2 },
        "webhook_wrong_secret": { "every": 9 },
        "webhook_gone": { "every": 7 },
        "webhook_disabled": { "deliveries": 400 },
    })
}

/// The eleven events, as HaloPSA's drop-down writes them.
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

/// Asks the simulated HaloPSA's API as an administrator; posts where there is a body.
pub(crate) async fn ask(desk: &Desk, path: &str, body: Option<Value>) -> Value {
    let (simulator, http) = (desk.simulator(), reqwest::Client::new());
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", simulator.client_id()),
        ("client_secret", simulator.client_secret()),
        ("scope", "all"),
    ];
    let token = http.post(format!("{}/token", simulator.auth_url())).form(&form).send().await.unwrap();
    let token: Value = serde_json::from_str(&token.text().await.unwrap()).unwrap();
    let url = format!("{}/{path}", simulator.resource_url());
    let request = match body {
        Some(body) => http.post(url).header("content-type", "application/json").body(body.to_string()),
        None => http.get(url),
    };
    let answer = request.bearer_auth(token["access_token"].as_str().unwrap()).send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

/// Makes a webhook with the eleven events in the simulated HaloPSA, as its API does it.
pub(crate) async fn announce(desk: &Desk, url: &str, more: Value) {
    let mut webhook = json!({ "name": "Haloscope", "url": url, "active": true });
    webhook.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = ask(desk, "Webhook", Some(json!([webhook]))).await;
    let id = made.get("id").or_else(|| made[0].get("id")).unwrap().clone();
    let events = ask(desk, "Lookup?lookupid=64", None).await;
    let notifications = ELEVEN.map(|name| {
        let known = events.as_array().unwrap().iter().find(|event| event["name"] == *name);
        let number = &known.unwrap_or_else(|| panic!("{name} is not in the list of events"))["id"];
        json!({ "webhook_id": id, "eventno": number, "type": -2, "delivery_method": 6, "name": name, "conditions": [] })
    });
    ask(desk, "Notification", Some(json!(notifications))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_at_halopsa_is_here_in_seconds() {
    let site = Site::open().await;
    announce(&site.desk, &site.url, json!({ "payload_type": 1 })).await;
    let began = Instant::now();
    for seed in 0..3 {
        site.desk.mutate(seed, 30).await;
    }
    site.desk.post("deliveries/flush", &json!({})).await;
    // No pass begins within 30 s of the last: what is here before came by deliveries.
    while !stale(&site.desk).await.is_empty() {
        assert!(began.elapsed() < Duration::from_secs(25), "{:?}\n{}", stale(&site.desk).await, site.server.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(site.server.log().matches("pass complete").count(), 1, "{}", site.server.log());
    let log = site.log(&["--limit", "10000"]).await;
    let events: BTreeSet<&str> = log.iter().filter_map(|logged| logged["event"].as_str()).collect();
    assert!(events.contains("Ticket Changed") && events.contains("New Ticket Logged"), "{events:?}");
    assert_eq!(site.server.stop().await.0, Some(0));
}

/// Tickets whose status or agent is not the true one, or that are missing.
async fn stale(desk: &Desk) -> Vec<i64> {
    let text = desk.get("truth/Tickets").await;
    let truth = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let rows = desk.query("select id, status_id, agent_id from halo.tickets where deleted_at is null").await;
    let here: BTreeMap<i64, &Value> = rows.iter().map(|row| (row["id"].as_i64().unwrap(), row)).collect();
    let differs = |ticket: &Value| {
        let row = here.get(&ticket["id"].as_i64().unwrap());
        row.is_none_or(|row| row["status_id"] != ticket["status_id"] || row["agent_id"] != ticket["agent_id"])
    };
    truth.filter(differs).map(|ticket| ticket["id"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_before_the_first_reading_has_ended_is_followed_after_it() {
    let desk = Desk::hurried(Options { tickets: 300, limit: 100_000, ..Options::default() }).await;
    desk.connect(&[]).await.with_code(0);
    desk.trap(json!({ "slow": { "milliseconds": 30, "jitter": 0 } })).await;
    let server = Server::start(&desk, &[]);
    until(&desk, &server, "serves", |report| report["live"].is_object()).await;
    let site = Site { url: url(&desk).await, desk, server, http: reqwest::Client::new() };
    for (number, event) in
        ["ticket status changed", "invoice updated", "site deleted", "user created"].iter().enumerate()
    {
        let status = site.post(delivery(&format!("early-{number}"), event, 1)).await;
        assert_eq!(status, StatusCode::OK);
    }
    until(&site.desk, &site.server, "complete", is_complete).await;
    site.desk.trap(json!({ "slow": false })).await;
    let log = site.settled().await;
    assert!(log.len() == 4 && log.iter().all(|logged| logged["state"] == "settled"), "{log:?}");
    assert!(!site.server.log().contains("panicked"), "{}", site.server.log());
    assert_eq!(site.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_is_right_whatever_happens_to_deliveries() {
    let site = Site::open().await;
    announce(
        &site.desk,
        &site.url,
        json!({ "authentication_type": 1, "basic_username": "halo", "basic_password": "hush" }),
    )
    .await;
    let mut protect = site.desk.command(&["webhook", "protect", "--basic", "halo"]);
    let protected = protect.env("HALOSCOPE_WEBHOOK_SECRET", "hush").status().await.unwrap();
    assert!(protected.success());
    site.desk.trap(traps()).await;
    for seed in 10..13 {
        site.desk.mutate(seed, 60).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    site.desk.trap(json!({ "webhook_late": false, "webhook_batched": false })).await;
    // The pass below would find the rest first.
    let did_read = |logged: &&Value| logged["outcome"].as_str().is_some_and(|outcome| outcome.contains("\"read\""));
    let began = Instant::now();
    loop {
        let log = site.log(&["--limit", "10000"]).await;
        let read = log.iter().filter(did_read).count();
        if log.len() > 50 && read > 10 {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "{} deliveries, {read} read", log.len());
    }
    site.desk.run(&["sync"]).await.with_code(0);
    assert_eq!(truth::differences(&site.desk).await, Vec::<String>::new());
    assert_eq!(site.server.stop().await.0, Some(0));
}

async fn ledger(desk: &Desk) -> Value {
    serde_json::from_str(&desk.get("ledger").await).unwrap()
}
