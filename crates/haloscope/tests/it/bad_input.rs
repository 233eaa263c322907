//! Bad input: each kind ends the program soon, with a sentence that says what failed, why and what to do; nothing that was
//! stored is lost, and once the fault is gone a plain `sync` ends at the truth.

mod addresses;
mod answers;
pub(crate) mod disk;
mod files;
mod limits;
mod proxy;
mod rights;
mod stops;
mod warehouse;

use std::time::Duration;

use halo_sim::Options;
use serde_json::{Value, json};

use crate::desk::{Desk, Done, on_cluster};
use crate::truth;

/// Longest a command may take here; most take a second.
const LONGEST: Duration = Duration::from_secs(60);

/// All that need a connection, each in its shortest form.
const ALL_COMMANDS: [&[&str]; 4] = [&["sync"], &["query", "select 1"], &["verify"], &["status"]];

/// Those of them that hold the folder, or ask who does. A query on a lake has no need to.
fn holding_commands() -> impl Iterator<Item = &'static [&'static str]> {
    ALL_COMMANDS.into_iter().filter(|command| !(on_cluster() && command[0] == "query"))
}

fn small() -> Options {
    Options { tickets: 60, ..Options::default() }
}

/// A desk in quick time whose HaloPSA was read completely.
async fn synced() -> Desk {
    let desk = Desk::hurried(small()).await;
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    desk
}

/// Runs the program, which must not hang.
async fn run(desk: &Desk, arguments: &[&str]) -> Done {
    let done = tokio::time::timeout(LONGEST, desk.run(arguments)).await;
    done.unwrap_or_else(|_| panic!("{arguments:?} takes longer than {LONGEST:?}"))
}

/// Does something while the desk's time passes even faster: each entity waits for a minute before it is given up.
async fn sooner<T>(desk: &Desk, work: impl Future<Output = T>) -> T {
    let faster = async {
        loop {
            desk.post("clock", &json!({ "advance_seconds": 10 })).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        done = work => done,
        () = faster => unreachable!("time passes without end"),
    }
}

/// Runs what must fail with all these words, and without the secret.
async fn fails(desk: &Desk, arguments: &[&str], words: &[&str]) -> Done {
    let done = run(desk, arguments).await;
    check(desk, &format!("{arguments:?}"), &done, words);
    done
}

fn check(desk: &Desk, what: &str, done: &Done, words: &[&str]) {
    let said = format!("{}\n{}", done.out, done.err);
    assert_eq!(done.code, Some(1), "{what}: {said}");
    for word in words {
        assert!(said.contains(word), "{what}: no {word:?} in {said}");
    }
    assert!(!said.contains("panicked") && !said.contains(desk.simulator().client_secret()), "{what}: {said}");
}

/// With the fault gone, one plain pass brings everything.
async fn recovers(desk: &Desk) {
    run(desk, &["sync"]).await.with_code(0);
    assert_eq!(truth::differences(desk).await, Vec::<String>::new());
}

/// Live rows of each table.
async fn counts(desk: &Desk) -> Value {
    let tables = truth::ENTITIES.iter().map(|(table, ..)| table);
    let counts: Vec<String> = tables
        .map(|table| format!("(select count(*) from halo.{table} where deleted_at is null) as {table}"))
        .collect();
    let sql = format!("select {}", counts.join(", "));
    desk.query(&sql).await.remove(0)
}

/// How an entity stands by a report of `sync --json` or `status --json`.
fn entity(done: &Done, name: &str) -> Value {
    let report = done.json();
    let entities = report["connections"][0]["entities"].as_array().unwrap();
    entities.iter().find(|entity| entity["entity"] == name).unwrap().clone()
}
