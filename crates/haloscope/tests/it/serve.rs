//! `haloscope serve`, as people and other commands see it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use halo_sim::Options;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::desk::{Desk, Done};
use crate::truth;

/// Nothing that should happen by itself takes longer, on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// The program while it serves.
pub(crate) struct Server {
    child: Child,
    log: Arc<Mutex<String>>,
    /// What it printed, which is no log.
    said: Arc<Mutex<String>>,
    reading: JoinHandle<()>,
}

impl Server {
    pub(crate) fn start(desk: &Desk, arguments: &[&str]) -> Self {
        Self::run(desk.command(&[&["serve"], arguments].concat()))
    }

    pub(crate) fn run(mut command: Command) -> Self {
        let mut child = command.env("HALOSCOPE_LOG", "info").spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (mut lines, kept) = (BufReader::new(child.stderr.take().unwrap()).lines(), log.clone());
        let said = Arc::new(Mutex::new(String::new()));
        let (output, printed) = (child.stdout.take(), said.clone());
        tokio::spawn(async move {
            let Some(output) = output else { return };
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                *printed.lock().unwrap() += &(line + "\n");
            }
        });
        let reading = tokio::spawn(async move {
            while let Some(line) = lines.next_line().await.unwrap() {
                *kept.lock().unwrap() += &(line + "\n");
            }
        });
        Self { child, log, said, reading }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Asks it to end, as the system does. Answers exit code, time and log.
    pub(crate) async fn stop(mut self) -> (Option<i32>, Duration, String) {
        let began = Instant::now();
        kill_process(Pid::from_raw(self.pid().try_into().unwrap()).unwrap(), Signal::TERM).unwrap();
        let status = self.child.wait().await.unwrap();
        let took = began.elapsed();
        self.reading.await.unwrap();
        (status.code(), took, self.log.lock().unwrap().clone())
    }

    /// Ends it at once, as by `kill -9`, unless it has ended by itself. Answers the log.
    pub(crate) async fn kill(mut self) -> String {
        self.child.kill().await.unwrap();
        self.reading.await.unwrap();
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(&mut self) {
        self.child.wait().await.unwrap();
    }
}

pub(crate) async fn status(desk: &Desk) -> Option<Value> {
    let done = desk.run(&["status", "--json"]).await;
    // While it starts or ends nobody answers.
    serde_json::from_str(&done.out).ok()
}

/// Waits until the report of the first connection is as wanted.
pub(crate) async fn until(desk: &Desk, server: &Server, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let report = status(desk).await.map(|mut report| report["connections"][0].take());
        if let Some(report) = report.as_ref().filter(|report| wanted(report)) {
            return report.clone();
        }
        assert!(began.elapsed() < PATIENCE, "never {what}: {report:?}\n{}", server.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Whether a pass has ended and left nothing open.
pub(crate) fn is_complete(report: &Value) -> bool {
    report["complete"] == true && report["live"]["doing"] == "waits"
}

/// Waits until the warehouse is the truth.
pub(crate) async fn until_true(desk: &Desk, server: &Server) {
    let began = Instant::now();
    loop {
        let differences = truth::differences(desk).await;
        if differences.is_empty() {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{differences:?}\n{}", server.log());
    }
}

fn small() -> Options {
    Options { tickets: 300, ..Options::default() }
}

async fn ledger(desk: &Desk) -> Value {
    serde_json::from_str(&desk.get("ledger").await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_arrive_by_themselves_and_the_log_tells_of_each_pass() {
    let desk = Desk::hurried(small()).await;
    desk.connect(&[]).await.with_code(0);
    let server = Server::start(&desk, &["--log-format", "json"]);
    until(&desk, &server, "complete", is_complete).await;
    for seed in 0..3 {
        desk.mutate(seed, 40).await;
        until_true(&desk, &server).await;
    }
    let (code, took, log) = server.stop().await;
    assert!(code == Some(0) && took < Duration::from_secs(5), "{code:?} {took:?} {log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let passes: Vec<&Value> = lines.iter().filter(|line| line["message"] == "pass complete").collect();
    assert!(passes.len() >= 4, "{log}");
    assert!(passes.iter().all(|pass| pass["requests"].as_u64() > Some(0) && pass["connection"] == "halo"), "{log}");
    assert!(passes.iter().any(|pass| pass["rows_changed"].as_u64() > Some(0)), "{log}");
    assert!(!log.contains(desk.simulator().client_secret()));
    assert!(ledger(&desk).await["max_in_any_window"].as_u64() <= Some(450));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_reading_is_stopped_in_time_and_goes_on_at_the_next_start() {
    let desk = Desk::open(Options { tickets: 6_000, limit: 100_000, ..Options::default() }).await;
    desk.connect(&[]).await.with_code(0);
    desk.trap(json!({ "slow": { "entities": ["Tickets"], "milliseconds": 400, "jitter": 0 } })).await;
    let server = Server::start(&desk, &[]);
    let reads_tickets = |report: &Value| {
        let progress = &report["live"]["progress"];
        progress["entity"] == "tickets" && progress["rows"].as_u64() > Some(500)
    };
    let report = until(&desk, &server, "reads tickets", reads_tickets).await;
    assert!(report["live"]["progress"]["finish"]["end_ms"].as_i64() > Some(0), "{report}");
    let (code, took, log) = server.stop().await;
    assert!(code == Some(0) && took < Duration::from_secs(5), "{code:?} {took:?} {log}");
    let report = status(&desk).await.unwrap()["connections"][0].take();
    // On a busy machine a batch may take longer than the pass is given to end.
    let outcome = report["last_run"]["outcome"].as_str().unwrap_or_default();
    assert!(["stopped", "interrupted"].contains(&outcome), "{report}");
    let before = ledger(&desk).await["by_path"]["Tickets"].as_u64().unwrap();

    desk.trap(json!({ "slow": false })).await;
    let server = Server::start(&desk, &[]);
    until(&desk, &server, "complete", is_complete).await;
    let asked = ledger(&desk).await["by_path"]["Tickets"].as_u64().unwrap() - before;
    // 61 pages or so in all, and those that were under way again.
    assert!(before > 8 && asked < 61 + 12 - before + 10, "{before} then {asked}");
    assert_eq!(truth::differences(&desk).await, Vec::<String>::new());
    assert_eq!(server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_commands_are_answered_meanwhile() {
    let desk = Desk::hurried(small()).await;
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    desk.trap(json!({ "slow": { "milliseconds": 20, "jitter": 0 } })).await;
    let server = Server::start(&desk, &[]);
    until(&desk, &server, "serves", |report| report["live"].is_object()).await;
    assert_eq!(status(&desk).await.unwrap()["activity"], "serves");
    assert!(!desk.query("select id from tickets").await.is_empty());
    for command in [&["serve"][..], &["connect", "--resource-url", "http://127.0.0.1:1/api", "--client-id", "x"]] {
        let refused = desk.run(command).await.with_code(1);
        assert!(refused.err.contains("another process serves"), "{}", refused.err);
    }
    desk.mutate(5, 40).await;
    let done: Done = desk.run(&["sync", "--json"]).await.with_code(0);
    assert_eq!(done.json()["connections"][0]["complete"], true);
    assert_eq!(truth::differences(&desk).await, Vec::<String>::new());
    desk.run(&["sync", "--full"]).await.with_code(0);
    assert!(server.log().contains("everything=true"), "{}", server.log());
    let verified = desk.run(&["verify", "--json"]).await.with_code(0).json();
    assert!(verified.as_array().unwrap().iter().all(|entity| entity["missing"] == 0), "{verified}");
    let unknown = desk.run(&["sync", "--connection", "nobody"]).await.with_code(1);
    assert!(unknown.err.contains("nobody"), "{}", unknown.err);
    assert_eq!(server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halopsa_that_is_down_is_shown_and_comes_back_by_itself() {
    let desk = Desk::hurried(small()).await;
    desk.connect(&[]).await.with_code(0);
    let server = Server::start(&desk, &[]);
    until(&desk, &server, "complete", is_complete).await;
    desk.trap(json!({ "storm_5xx": { "seconds": 86_400 } })).await;
    let report = until(&desk, &server, "in trouble", |report| report["live"]["trouble"].is_object()).await;
    assert!(report["live"]["trouble"]["advice"].as_str().unwrap().contains("HaloPSA is at fault"), "{report}");
    let text = desk.run(&["status"]).await.out;
    assert!(text.contains("FAILS since"), "{text}");
    // A person who asks is told as well.
    let asked = desk.run(&["sync"]).await.with_code(1);
    assert!(asked.err.contains("HaloPSA is at fault"), "{}", asked.err);
    desk.mutate(3, 30).await;
    desk.trap(json!({ "storm_5xx": false })).await;
    until(&desk, &server, "recovered", |report| is_complete(report) && report["live"]["trouble"].is_null()).await;
    until_true(&desk, &server).await;
    assert_eq!(server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_brings_a_pass_and_nothing_else() {
    let desk = Desk::standing(small()).await;
    desk.connect(&[]).await.with_code(0);
    let server = Server::start(&desk, &[]);
    until(&desk, &server, "complete", is_complete).await;
    let started = |report: &Value| report["last_run"]["started_at"].as_str().unwrap_or_default().to_owned();
    for hours in [3, 5_000] {
        let before = until(&desk, &server, "waits", |report| report["live"]["doing"] == "waits").await;
        assert!(before["live"]["next_at_ms"].is_i64(), "time stands, so it waits: {before}");
        desk.mutate(hours, 20).await;
        desk.post("clock", &json!({ "advance_seconds": hours * 3_600 })).await;
        let again = |report: &Value| started(report) > started(&before) && is_complete(report);
        until(&desk, &server, "another pass", |report| again(report) && report["live"]["doing"] == "waits").await;
    }
    assert_eq!(truth::differences(&desk).await, Vec::<String>::new());
    assert_eq!(server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_connections_share_the_limit_of_their_halopsa() {
    let desk = Desk::hurried(Options { tickets: 300, limit: 60, window_seconds: 60, ..Options::default() }).await;
    desk.connect(&[]).await.with_code(0);
    desk.connect(&["--name", "second"]).await.with_code(0);
    let server = Server::start(&desk, &[]);
    until(&desk, &server, "complete", is_complete).await;
    // Each connection may have a lake of its own, which one query cannot compare.
    let tickets = async |schema: &str| {
        let sql = "select id, summary, status_id from tickets where deleted_at is null order by id";
        desk.run(&["query", "--format", "json", "--schema", schema, sql]).await.with_code(0).out
    };
    desk.mutate(1, 30).await;
    desk.run(&["sync", "--connection", "second"]).await.with_code(0);
    until_true(&desk, &server).await;
    assert_eq!(tickets("halo").await, tickets("halo_2").await);
    let report = status(&desk).await.unwrap();
    assert_eq!(report["connections"][1]["complete"], true, "{report}");
    assert!(desk.run(&["sync"]).await.with_code(1).err.contains("second"), "which of the two must be said");
    assert_eq!(server.stop().await.0, Some(0));
    let ledger = ledger(&desk).await;
    assert!(ledger["max_in_any_window"].as_u64() <= Some(60) && ledger["rejected_429"] == 0, "{ledger}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_the_next_start_goes_on_within_the_limit() {
    let desk = Desk::hurried(Options { tickets: 3_000, ..Options::default() }).await;
    desk.connect(&[]).await.with_code(0);
    for rows in [1, 1_500] {
        let server = Server::start(&desk, &[]);
        let reads = |report: &Value| {
            let progress = &report["live"]["progress"];
            progress["entity"] == "tickets" && progress["rows"].as_u64() >= Some(rows) || is_complete(report)
        };
        until(&desk, &server, "reads tickets", reads).await;
        server.kill().await;
    }
    let server = Server::start(&desk, &[]);
    until(&desk, &server, "complete", is_complete).await;
    assert_eq!(truth::differences(&desk).await, Vec::<String>::new());
    assert_eq!(server.stop().await.0, Some(0));
    let ledger = ledger(&desk).await;
    assert!(ledger["max_in_any_window"].as_u64() <= Some(450) && ledger["rejected_429"] == 0, "{ledger}");
}
