//! `serve` is killed at random moments, hundreds of times, while deliveries flow and HaloPSA changes. What was acknowledged is
//! there in the end, each delivery once, and the warehouse is the truth.
//!
//! Once as by `kill -9`, and once so that all is lost that was not synced ([`crate::unsynced`]). `HALOSCOPE_KILLS` and
//! `HALOSCOPE_KILLS_SEED` make other kills than the usual ones: `cargo x kills`.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use halo_sim::Options;
use haloscope::store::{ObservedPosition, Store, StoreAddress};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::desk::{Desk, on_cluster};
use crate::serve::{Server, is_complete, until};
use crate::truth;
use crate::unsynced::Unsynced;
use crate::webhooks::{announce, delivery, url};

const TICKETS: u32 = 300;
/// Those who post at the same time.
const SENDERS: u64 = 16;
/// Between two posts of a sender.
const BETWEEN_POSTS: Duration = Duration::from_millis(40);
/// Changes at HaloPSA in each life of the server.
const CHANGES: u64 = 8;
/// Nothing that should happen by itself takes longer, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);
/// After so long a sender posts its delivery again.
const GIVES_UP: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn kills_lose_no_delivery_and_apply_none_twice() {
    Trial::open(false).await.run(usual_kills()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_that_drop_what_was_not_synced_lose_no_delivery_and_apply_none_twice() {
    Trial::open(true).await.run(usual_kills()).await;
}

/// A life of the server takes five times as long on a lake.
fn usual_kills() -> u64 {
    if on_cluster() { 10 } else { 300 }
}

/// How a life of the server ends.
enum End {
    /// So long after it was started.
    Early(Duration),
    /// So long after it listens.
    Serving(Duration),
    /// So long after it began to write the warehouse's log back, which takes 20 ms and more.
    WritingBack(Duration),
    /// So long after that has ended.
    WrittenBack(Duration),
    /// So long after its first pass, when deliveries are followed.
    Following(Duration),
    /// At this place of its program, for `HALOSCOPE_TEST_CRASH`.
    At(String),
}

impl End {
    fn drawn(seed: u64, number: u64, start_up: Duration) -> Self {
        let draw = |what: &str, below: u64| {
            BuildHasherDefault::<DefaultHasher>::default().hash_one((seed, number, what)) % below
        };
        let between = |from, to| Duration::from_millis(from + draw("time", to - from));
        match draw("kind", 20) {
            0..3 => Self::Early(start_up.mul_f64(draw("time", 1_200) as f64 / 1_000.0)),
            3..5 => {
                let place = match draw("place", 3) {
                    0 => "before-append",
                    1 => "before-commit",
                    _ => "after-commit",
                };
                Self::At(format!("{place}:{}", 1 + draw("time", 15)))
            }
            5 if !on_cluster() => Self::WritingBack(between(0, 40)),
            6 if !on_cluster() => Self::WrittenBack(between(0, 40)),
            7 => Self::Following(between(0, 250)),
            _ => Self::Serving(between(20, 200)),
        }
    }
}

/// What is killed again and again.
struct Trial {
    desk: Desk,
    address: String,
    url: String,
    unsynced: Option<Unsynced>,
    /// How long the last start took until it listened.
    start_up: Duration,
    /// Writes that were taken back.
    lost: usize,
    kills: Arc<AtomicU64>,
}

impl Trial {
    /// The first reading is done, and HaloPSA has a webhook for all that happens.
    async fn open(unsynced: bool) -> Self {
        let options = Options { tickets: TICKETS, limit: 100_000, webhook_in_flight: 8, ..Options::default() };
        let desk = Desk::hurried(options).await;
        desk.connect(&[]).await.with_code(0);
        let address = address();
        let server = Server::start(&desk, &["--listen", &address]);
        until(&desk, &server, "complete", is_complete).await;
        let url = url(&desk).await;
        announce(&desk, &url, json!({})).await;
        assert_eq!(server.stop().await.0, Some(0));
        // Of a lake its files: what PostgreSQL holds is PostgreSQL's to keep.
        let folder = if on_cluster() { desk.lake() } else { desk.data() };
        let unsynced = unsynced.then(|| Unsynced::build(&folder));
        Self { desk, address, url, unsynced, start_up: Duration::from_millis(100), lost: 0, kills: Arc::default() }
    }

    async fn run(mut self, usual: u64) {
        let number = |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
        let (count, seed) = (number("HALOSCOPE_KILLS", usual), number("HALOSCOPE_KILLS_SEED", 1));
        let (mut senders, stop) = (JoinSet::new(), CancellationToken::new());
        for sender in 0..SENDERS {
            senders.spawn(send(self.url.clone(), sender, stop.clone(), self.kills.clone()));
        }
        let began = Instant::now();
        for number in 0..count {
            self.live(seed, number).await;
        }
        let took = began.elapsed();
        let mut server = self.start(None);
        self.listens(&mut server).await;
        stop.cancel();
        let acknowledged: BTreeSet<String> = senders.join_all().await.into_iter().flatten().collect();
        eprintln!("{count} kills in {took:?}, {} acknowledged, {} writes lost", acknowledged.len(), self.lost);
        self.judge(server, &acknowledged).await;
    }

    fn start(&self, crash: Option<&str>) -> Server {
        let mut command = self.desk.command(&["serve", "--listen", &self.address]);
        command.envs(self.unsynced.iter().flat_map(Unsynced::variables));
        command.envs(crash.map(|place| ("HALOSCOPE_TEST_CRASH", place)));
        Server::run(command)
    }

    /// One life of the server, during which HaloPSA changes.
    async fn live(&mut self, seed: u64, number: u64) {
        let (end, began) = (End::drawn(seed, number, self.start_up), Instant::now());
        self.desk.mutate(seed.wrapping_mul(1_000_000) + number, CHANGES).await;
        let mut server = self.start(if let End::At(place) = &end { Some(place) } else { None });
        match end {
            End::Early(after) => sleep(after).await,
            End::Serving(after) => {
                self.listens(&mut server).await;
                self.start_up = began.elapsed();
                sleep(after).await;
            }
            End::WritingBack(after) => {
                // That alone changes the file.
                let file = self.desk.data().join("warehouse.duckdb");
                let changed = || std::fs::metadata(&file).unwrap().modified().unwrap();
                let before = changed();
                self.hurried(until_so(&mut server, "writes its log back", async |_| changed() != before)).await;
                sleep(after).await;
            }
            End::WrittenBack(after) => {
                let (log, before) = (self.desk.data().join("warehouse.duckdb.wal"), Cell::new(0));
                let shrinks = async |_: &Server| {
                    let length = std::fs::metadata(&log).map_or(0, |log| log.len());
                    length < before.replace(length)
                };
                self.hurried(until_so(&mut server, "has its log written back", shrinks)).await;
                sleep(after).await;
            }
            End::Following(after) => {
                until_so(&mut server, "ends a pass", async |server| server.log().contains("pass complete")).await;
                sleep(after).await;
            }
            // It need not come there.
            End::At(_) => drop(timeout(self.start_up + Duration::from_millis(600), server.ended()).await),
        }
        let log = server.kill().await;
        self.kills.fetch_add(1, Ordering::SeqCst);
        let is_fault =
            |line: &str| line.starts_with("haloscope: ") || line.contains("panicked") || line.contains("damaged");
        assert!(!log.lines().any(is_fault), "{log}");
        self.lost += self.unsynced.as_ref().map_or(0, Unsynced::take_back);
    }

    /// Lets time run so fast meanwhile that looks at the warehouse's log follow each other at once.
    async fn hurried(&self, wanted: impl Future<Output = ()>) {
        let hurry = async {
            loop {
                self.desk.post("clock", &json!({ "advance_seconds": 61 })).await;
                sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            () = hurry => {}
            () = wanted => {}
        }
    }

    async fn listens(&self, server: &mut Server) {
        until_so(server, "listens", async |_| TcpStream::connect(&self.address).await.is_ok()).await;
    }

    /// Looks at what is left, when all has been followed.
    async fn judge(self, server: Server, acknowledged: &BTreeSet<String>) {
        let desk = &self.desk;
        until(desk, &server, "serves", |report| report["live"].is_object()).await;
        desk.let_ratings_come_in().await;
        desk.post("deliveries/flush", &json!({})).await;
        desk.run(&["sync"]).await.with_code(0);
        each_is_there_once(&settled(desk, &server).await, acknowledged, &delivered(desk).await);
        assert_eq!(truth::differences(desk).await, Vec::<String>::new());
        assert_eq!(truth::duplicates(desk).await, Vec::<String>::new());
        assert_eq!(server.stop().await.0, Some(0));
        let changes = desk.query(CHANGES_SEEN).await;
        let twice: Vec<&Value> = changes.iter().filter(|change| change["again"] == true).collect();
        assert!(twice.is_empty() && !changes.is_empty(), "{} changes, observed twice: {twice:?}", changes.len());
        assert_eq!(kept_changes(desk).await, sequences(&changes), "the store has what the warehouse has");
        let files = std::fs::read_dir(desk.data()).unwrap().map(|entry| entry.unwrap().file_name());
        let damaged: Vec<_> = files.filter(|name| name.to_string_lossy().contains("damaged")).collect();
        assert!(damaged.is_empty(), "{damaged:?}");
    }
}

/// Observed changes, and whether each is the one before of the same field once more. (It need not begin with the value that
/// the one before ended with: what a renamed category is called, and actions that come back, are not observed.)
const CHANGES_SEEN: &str = "
    select sequence, table_name, key, field, old_value, new_value,
        old_value is not distinct from lag(old_value) over one
        and new_value is not distinct from lag(new_value) over one as again
    from halo.changes
    window one as (partition by table_name, key, field order by sequence)
    order by sequence";

fn sequences(changes: &[Value]) -> Vec<i64> {
    changes.iter().map(|change| change["sequence"].as_i64().unwrap()).collect()
}

/// Numbers of the observed changes in the store, whose file must be whole.
async fn kept_changes(desk: &Desk) -> Vec<i64> {
    let address = desk.store();
    let store = Store::open(&address).await.unwrap();
    let connection = store.connection_get(None).await.unwrap().id;
    let (kept, _) = store.observed_page(connection, &ObservedPosition::default(), u32::MAX).await.unwrap();
    store.close().await;
    if let StoreAddress::Sqlite(path) = address {
        let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        let found: Vec<String> = sqlx::query_scalar("pragma integrity_check").fetch_all(&pool).await.unwrap();
        pool.close().await;
        assert_eq!(found, ["ok"]);
    }
    kept.into_iter().map(|observed| observed.change.sequence).collect()
}

/// Ids of the deliveries that the simulator knows to have arrived.
async fn delivered(desk: &Desk) -> BTreeSet<String> {
    let text = desk.get("deliveries").await;
    let deliveries = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let accepted = deliveries.filter(|delivery| !delivery["accepted"].is_null());
    accepted.map(|delivery| delivery["id"].as_str().unwrap().to_owned()).collect()
}

fn each_is_there_once(log: &[Value], acknowledged: &BTreeSet<String>, delivered: &BTreeSet<String>) {
    let keys: BTreeSet<String> = log.iter().map(|logged| logged["key"].as_str().unwrap().to_owned()).collect();
    assert_eq!(keys.len(), log.len(), "each delivery once");
    for (what, expected) in [("acknowledged", acknowledged), ("delivered by HaloPSA", delivered)] {
        let lost: Vec<_> = expected.difference(&keys).collect();
        assert!(lost.is_empty() && !expected.is_empty(), "{} {what}, lost {lost:?}", expected.len());
    }
    let open: Vec<_> = log.iter().filter(|logged| logged["state"] != "settled").collect();
    assert!(open.is_empty(), "not followed: {open:?}");
    let again = log.iter().filter(|logged| logged["repeats"] != 0).count();
    eprintln!("{} deliveries, {} of them by HaloPSA; {again} came again", log.len(), delivered.len());
}

/// Waits for a state of a server that must not end before.
async fn until_so(server: &mut Server, what: &str, is_so: impl AsyncFn(&Server) -> bool) {
    let began = Instant::now();
    while !is_so(server).await {
        assert!(!server.has_ended() && began.elapsed() < PATIENCE, "it never {what}: {}", server.log());
        sleep(Duration::from_millis(2)).await;
    }
}

/// Waits until no delivery waits. Answers all of them.
async fn settled(desk: &Desk, server: &Server) -> Vec<Value> {
    let log = async |more: &[&str]| {
        let answer = desk.run(&[&["webhook", "log", "--json"], more].concat()).await.with_code(0).json();
        answer["log"].as_array().unwrap().clone()
    };
    let began = Instant::now();
    loop {
        let waiting = log(&["--state", "waiting", "--limit", "1"]).await;
        if waiting.is_empty() {
            return log(&["--limit", "4000000"]).await;
        }
        assert!(began.elapsed() < PATIENCE, "{waiting:?} was never followed: {}", server.log());
        sleep(Duration::from_millis(50)).await;
    }
}

/// Posts deliveries until it is stopped, each as often as it takes. Answers the keys of those that were acknowledged.
async fn send(url: String, sender: u64, stop: CancellationToken, kills: Arc<AtomicU64>) -> Vec<String> {
    // A request whose server was killed under it was seen to wait for ever, its connection long gone. HaloPSA gives up, too.
    let http = reqwest::Client::builder().timeout(GIVES_UP).build().unwrap();
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let key = format!("sender-{sender}-{number}");
        let record = 1_001 + (number * SENDERS + sender) % u64::from(TICKETS);
        let body = delivery(&key, "ticket status changed", i64::try_from(record).unwrap());
        loop {
            let before = kills.load(Ordering::SeqCst);
            let answer = http.post(&url).body(body.clone()).send().await;
            let is_silent = answer.as_ref().is_err_and(reqwest::Error::is_timeout);
            assert!(!is_silent || kills.load(Ordering::SeqCst) > before, "a server that lived gave no answer");
            sleep(BETWEEN_POSTS).await;
            match answer.map(|answer| answer.status()) {
                Ok(StatusCode::OK) => break,
                Ok(StatusCode::SERVICE_UNAVAILABLE) | Err(_) => {}
                Ok(other) => panic!("{other}"),
            }
        }
        acknowledged.push(key);
        if stop.is_cancelled() {
            break;
        }
    }
    acknowledged
}

/// An address that stays free while nobody listens there: the system gives its ports to no connection.
fn address() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() * 16 % 10_000).unwrap();
    let mut addresses = std::iter::repeat_with(|| {
        let port = 20_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        format!("127.0.0.1:{port}")
    });
    addresses.find(|address| TcpListener::bind(address).is_ok()).unwrap()
}
