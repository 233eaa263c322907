//! Answers that are no answer: pages for people, half of it, far too much of it, far too deep.

use std::time::Duration;

use serde_json::{Value, json};

use super::{check, counts, entity, recovers, small, synced};
use crate::desk::{Desk, Done, end};

/// Most memory that the program may take. At most 48 MB of an answer are read, for six requests at once.
const MOST_KB: u64 = 600_000;

/// Each trap that spoils answers, with its settings and what must be said.
fn spoilt() -> [(&'static str, Value, [&'static str; 2]); 7] {
    const LARGE: [&str; 2] = ["`Client` is larger than the limit of 48000000 bytes", "look at what this list holds"];
    [
        ("html_instead", json!({}), ["`Client` answered an HTML page titled", "ends in /api"]),
        ("redirect_login", json!({}), ["`Client` answered with a redirect to", "ends in /api"]),
        ("cut_body", json!({}), ["answer of `Client` ended early", "Check the network"]),
        ("server_errors", json!({ "status": 502 }), ["failed at `Client` with status 502", "look at its status page"]),
        ("huge_body", json!({ "megabytes": 50 }), LARGE),
        ("huge_body", json!({ "megabytes": 2_000 }), LARGE),
        ("deep_json", json!({ "depth": 10_000 }), ["`Client` nests deeper than 64 levels", "in an unknown form"]),
    ]
}

/// Runs the program; also the most memory that it took, in kB.
async fn watched(desk: &Desk, arguments: &[&str]) -> (Done, u64) {
    let child = desk.spawn(arguments, None);
    let status = format!("/proc/{}/status", child.id().unwrap());
    let watch = tokio::spawn(async move {
        let mut most = 0;
        while let Some(kilobytes) = peak(&status) {
            most = kilobytes;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        most
    });
    (end(child).await, watch.await.unwrap())
}

/// None once the process has ended.
fn peak(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entity_with_spoilt_answers_fails_alone_and_keeps_its_rows() {
    let desk = synced().await;
    let before = counts(&desk).await;
    for (trap, mut settings, words) in spoilt() {
        let what = format!("{trap} {settings}");
        (settings["entities"], settings["every"]) = (json!(["Client"]), json!(1));
        desk.trap(json!({ trap: settings })).await;
        desk.mutate(11, 5).await;
        let (done, most_kb) = watched(&desk, &["sync", "--json"]).await;
        check(&desk, &what, &done, &words);
        assert_eq!(entity(&done, "clients")["standing"], "failed", "{what}");
        assert_eq!(entity(&done, "sites")["standing"], "complete", "{what}");
        assert!((1..MOST_KB).contains(&most_kb), "{what}: {most_kb} kB");
        desk.trap(json!({ trap: false })).await;
    }
    assert_eq!(counts(&desk).await["clients"], before["clients"]);
    recovers(&desk).await;
}

/// Faults that pass only delay the first pass.
#[tokio::test(flavor = "multi_thread")]
async fn spoilt_answers_now_and_then_are_asked_for_again() {
    let desk = Desk::hurried(small()).await;
    desk.connect(&[]).await.with_code(0);
    desk.trap(json!({
        "html_instead": { "every": 7 },
        "cut_body": { "every": 5 },
        "server_errors": { "every": 9 },
        "limit_429": { "every": 13 },
        "token_429": { "every": 2 },
    }))
    .await;
    recovers(&desk).await;
}
