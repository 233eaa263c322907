//! A server beside a HaloPSA that goes on working: never red without a cause, memory flat, the limit kept, and the truth at
//! the end.
//!
//! Among the tests it takes moments; `HALOSCOPE_SOAK_MINUTES` makes it last: `cargo x soak`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use halo_sim::Options;
use serde_json::{Value, json};

use crate::desk::{Desk, on_cluster};
use crate::serve::{Server, is_complete, status, until};
use crate::truth;

const MINUTES: &str = "HALOSCOPE_SOAK_MINUTES";
/// Between two looks, and between two batches of changes, in real time.
const LOOK: Duration = Duration::from_secs(1);
/// Changes of one batch.
const AT_ONCE: u64 = 20;
/// A run of so many looks says something about memory.
const ENOUGH_LOOKS: usize = 200;

/// What one look saw.
struct Look {
    second: u64,
    memory_kb: u64,
    red: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_run_beside_a_halopsa_at_work() {
    // Its clock runs a hundred times too fast for a lake: hours of changes would come in during every reading.
    if on_cluster() {
        return;
    }
    let minutes: Option<f64> = std::env::var(MINUTES).ok().map(|text| text.parse().unwrap());
    let time = minutes.map_or(Duration::from_secs(10), |minutes| Duration::from_secs_f64(minutes * 60.0));
    let desk = Desk::hurried(Options { tickets: 2_000, live: Some(60.0), ..Options::default() }).await;
    desk.connect(&[]).await.with_code(0);
    let server = Server::start(&desk, &[]);
    until(&desk, &server, "complete", is_complete).await;

    let began = Instant::now();
    let mut looks = Vec::new();
    while began.elapsed() < time {
        tokio::time::sleep(LOOK).await;
        desk.mutate(looks.len() as u64, AT_ONCE).await;
        looks.push(look(&desk, &server, began.elapsed()).await);
        if minutes.is_some() && looks.len() % 60 == 0 {
            let Look { second, memory_kb, red } = looks.last().expect("one was just pushed");
            eprintln!("{second:>6} s  {memory_kb:>8} kB  {red:?}");
        }
    }
    // Nothing happens there any more; a pass that began before may not have seen all.
    desk.post("live", &json!({ "work": false })).await;
    desk.let_ratings_come_in().await;
    desk.run(&["sync"]).await.with_code(0);
    let differences = truth::differences(&desk).await;
    let ledger: Value = serde_json::from_str(&desk.get("ledger").await).unwrap();
    let (code, took, log) = server.stop().await;

    let passes = ["complete", "incomplete", "failed"].map(|how| log.matches(&format!("pass {how}")).count());
    eprintln!("passes: {} complete, {} incomplete, {} failed; stopped in {took:?}", passes[0], passes[1], passes[2]);
    eprintln!("requests: {}, most in a window: {}", ledger["requests"], ledger["max_in_any_window"]);
    assert_eq!(differences, Vec::<String>::new());
    assert!(code == Some(0) && took < Duration::from_secs(5), "{code:?} {took:?}");
    assert!(ledger["max_in_any_window"].as_u64() <= Some(450) && ledger["rejected_429"] == 0, "{ledger}");
    let red: BTreeMap<_, _> = looks.iter().filter(|look| !look.red.is_empty()).map(|l| (l.second, &l.red)).collect();
    assert!(red.is_empty(), "red without a cause: {red:?}\n{log}");
    flat(&looks);
}

async fn look(desk: &Desk, server: &Server, age: Duration) -> Look {
    let status_file = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap_or_default();
    let memory = status_file.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().split(' ').next());
    let memory_kb = memory.and_then(|number| number.parse().ok()).unwrap_or(0);
    let report = status(desk).await.expect("it answers");
    let connection = &report["connections"][0];
    let mut red: Vec<String> = connection["entities"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entity| ["incomplete", "braked", "failed"].contains(&entity["standing"].as_str().unwrap()))
        .map(|entity| format!("{} {}: {}", entity["entity"], entity["standing"], entity["reason"]))
        .collect();
    if connection["live"]["trouble"].is_object() {
        red.push(connection["live"]["trouble"]["error"].to_string());
    }
    Look { second: age.as_secs(), memory_kb, red }
}

/// The last quarter needs hardly more memory than the second one.
fn flat(looks: &[Look]) {
    let quarter = looks.len() / 4;
    let most = |from: usize| looks[from..from + quarter].iter().map(|look| look.memory_kb).max().unwrap_or(0);
    if quarter > 0 {
        let (early, late) = (most(quarter), most(looks.len() - quarter));
        eprintln!("most memory: {early} kB in the second quarter, {late} kB in the last");
        assert!(looks.len() < ENOUGH_LOOKS || late * 100 <= early * 120, "memory grows: {early} kB, {late} kB");
    }
}
