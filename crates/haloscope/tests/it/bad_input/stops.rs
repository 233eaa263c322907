//! A pass that a person stops.

use std::time::Duration;

use halo_sim::Options;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{LONGEST, check, counts, recovers, small};
use crate::desk::{Desk, Done, end};

const SAID: [&str; 2] = ["the synchronisation was stopped", "it goes on where it was at the next `haloscope sync`"];

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_pass_goes_on_without_reading_finished_pages_again() {
    const PER_PAGE: u64 = 3;
    // Pages in flight or not stored yet when it was stopped, and questions that are no pages.
    const MORE: u64 = 70;
    let desk = Desk::hurried(Options { clients: Some(40), ..small() }).await;
    desk.connect(&[]).await.with_code(0);
    desk.trap(json!({
        "page_cap": { "size": PER_PAGE, "entities": ["Users"] },
        "slow": { "milliseconds": 30, "jitter": 0, "entities": ["Users"] },
    }))
    .await;
    let stopped = stop(&desk, "Users", 150).await;
    check(&desk, "stopped", &stopped, &SAID);
    let stored = counts(&desk).await["users"].as_u64();
    assert!(stored > Some(80 * PER_PAGE), "{stored:?}");
    recovers(&desk).await;
    let pages = counts(&desk).await["users"].as_u64().unwrap().div_ceil(PER_PAGE);
    let asked = requests(&desk, "Users").await;
    assert!(asked <= pages + MORE, "{asked} requests for {pages} pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_waits_for_an_hour_can_be_stopped() {
    let desk = Desk::open(small()).await;
    desk.connect(&[]).await.with_code(0);
    desk.trap(json!({ "limit_429": { "every": 1, "retry_after": 3600 } })).await;
    let seen = requests(&desk, "Agent/me").await;
    let stopped = stop(&desk, "Agent/me", seen + 1).await;
    check(&desk, "stopped", &stopped, &SAID);
}

/// Starts a pass and stops it with SIGTERM when so many requests of this path were made in all.
async fn stop(desk: &Desk, path: &str, after: u64) -> Done {
    let mut child = desk.spawn(&["sync"], None);
    let pid = Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap();
    while requests(desk, path).await < after {
        assert!(child.try_wait().unwrap().is_none(), "it ended before {after} requests of {path}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    kill_process(pid, Signal::TERM).unwrap();
    tokio::time::timeout(LONGEST, end(child)).await.unwrap()
}

async fn requests(desk: &Desk, path: &str) -> u64 {
    let ledger: Value = serde_json::from_str(&desk.get("ledger").await).unwrap();
    ledger["by_path"][path].as_u64().unwrap_or(0)
}
