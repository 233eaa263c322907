//! What people and programs see of the command line.

use halo_sim::Options;
use serde_json::json;

use crate::desk::{Desk, end, on_cluster};
use crate::truth;

fn small() -> Options {
    Options { tickets: 300, limit: 100_000, ..Options::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_from_an_empty_folder() {
    let desk = Desk::open(small()).await;
    let early = desk.run(&["status"]).await.with_code(1);
    assert!(early.err.contains("haloscope connect"), "{}", early.err);
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    let status = desk.run(&["status"]).await.with_code(0);
    assert!(status.out.contains("complete") && !status.out.contains("not read"), "{}", status.out);
    assert_eq!(truth::differences(&desk).await, Vec::<String>::new());
    let verified = desk.run(&["verify", "--json"]).await.with_code(0).json();
    assert!(verified.as_array().unwrap().iter().all(|entity| entity["stale"] == 0), "{verified}");
    // A second pass finds nothing new and asks little.
    let before: serde_json::Value = serde_json::from_str(&desk.get("ledger").await).unwrap();
    desk.run(&["sync"]).await.with_code(0);
    let after: serde_json::Value = serde_json::from_str(&desk.get("ledger").await).unwrap();
    let asked = after["requests"].as_u64().unwrap() - before["requests"].as_u64().unwrap();
    assert!(asked < 100, "{asked} requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_addresses_are_found_from_the_resource_url_alone() {
    let desk = Desk::open(small()).await;
    let resource = desk.simulator().resource_url();
    let arguments = [
        "connect",
        "--resource-url",
        &resource,
        "--client-id",
        desk.simulator().client_id(),
        "--allow-private-address",
    ];
    desk.run(&arguments).await.with_code(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_fails_names_the_step_and_keeps_nothing() {
    let desk = Desk::open(small()).await;
    let (auth, resource) = (desk.simulator().auth_url(), desk.simulator().resource_url());
    let base = ["connect", "--auth-url", &auth, "--resource-url", &resource];
    for (more, words) in [
        (vec!["--tenant", "other", "--client-id", desk.simulator().client_id(), "--allow-private-address"], "Sign in"),
        (vec!["--tenant", "demomsp", "--client-id", "nobody", "--allow-private-address"], "Sign in"),
        (vec!["--tenant", "demomsp", "--client-id", desk.simulator().client_id()], "Resource URL"),
    ] {
        let done = desk.run(&[&base[..], &more].concat()).await.with_code(1);
        assert!(done.err.contains(words), "{}", done.err);
        assert!(!done.err.contains(desk.simulator().client_secret()));
    }
    desk.run(&["status"]).await.with_code(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_never_takes_over_the_data_of_another_halopsa() {
    let (desk, mut other) = (Desk::open(small()).await, Desk::open(small()).await);
    other.keep_where(&desk);
    desk.connect(&[]).await.with_code(0);
    let folder = desk.data();
    let refused = other.connect(&["--data", folder.to_str().unwrap()]).await.with_code(1);
    assert!(refused.err.contains("another HaloPSA"), "{}", refused.err);
    other.connect(&["--data", folder.to_str().unwrap(), "--name", "second"]).await.with_code(0);
    // The same one may be connected anew.
    desk.connect(&[]).await.with_code(0);
    let status = desk.run(&["status", "--json"]).await.with_code(1).json();
    let schemas: Vec<_> =
        status["connections"].as_array().unwrap().iter().map(|found| found["schema"].clone()).collect();
    assert_eq!(schemas, ["halo", "halo_2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_synchronisation_is_refused_and_the_others_are_answered() {
    let desk = Desk::open(small()).await;
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    desk.trap(json!({ "slow": { "milliseconds": 150, "jitter": 0 } })).await;
    let first = desk.spawn(&["sync"], None);
    let socket = desk.data().join("socket");
    while !socket.exists() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let second = desk.run(&["sync"]).await.with_code(1);
    assert!(second.err.contains("another process synchronises"), "{}", second.err);
    let status = desk.run(&["status", "--json"]).await.with_code(0).json();
    assert_eq!(status["activity"], "synchronises");
    assert!(!desk.query("select id from tickets").await.is_empty());
    end(first).await.with_code(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_are_limited_and_only_read() {
    let desk = Desk::open(small()).await;
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    let rows =
        desk.query("select timestamptz '2026-01-02 03:04:05Z' as at, 1.50::decimal(9,2) as money, null as none").await;
    assert_eq!(rows, [json!({ "at": "2026-01-02T03:04:05Z", "money": 1.5, "none": null })]);
    for (sql, words) in [
        ("drop table halo.tickets", "read"),
        ("select * from halo.nothing", "nothing"),
        ("select 1; select 2", "one statement"),
        ("select * from read_text('/etc/hostname')", ""),
    ] {
        let done = desk.run(&["query", sql]).await.with_code(1);
        assert!(done.err.contains(words), "{sql}: {}", done.err);
    }
    let endless = "select count(*) from range(1000000000000000)";
    let done = desk.run(&["query", "--timeout-seconds", "1", endless]).await.with_code(1);
    assert!(done.err.contains("longer than 1 s"), "{}", done.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_warehouse_is_read_anew_and_the_store_is_kept() {
    if on_cluster() {
        return;
    }
    let desk = Desk::open(small()).await;
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    desk.mutate(7, 60).await;
    desk.run(&["sync"]).await.with_code(0);
    let seen = desk.query("select table_name, key, field, new_value from halo.changes order by all").await;
    assert!(!seen.is_empty());
    let path = desk.data().join("warehouse.duckdb");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let done = desk.run(&["sync"]).await.with_code(0);
    assert!(done.err.contains("damaged"), "{}", done.err);
    assert_eq!(truth::differences(&desk).await, Vec::<String>::new());
    let again = desk.query("select table_name, key, field, new_value from halo.changes order by all").await;
    assert_eq!(seen, again);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_of_halopsa_is_accounted_for() {
    let desk = Desk::open(small()).await;
    let entries = desk.run(&["entities", "--json"]).await.with_code(0).json();
    let entries = entries.as_array().unwrap();
    assert!(entries.len() > 400);
    assert!(entries.iter().all(|entry| ["copied", "to_come", "refused"].contains(&entry["state"].as_str().unwrap())));
}
