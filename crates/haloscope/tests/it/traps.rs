//! Traps that must end visibly red, never silently green.

use halo_sim::Options;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::truth;

fn small() -> Options {
    Options { tickets: 400, ..Options::default() }
}

fn entity<'a>(report: &'a Value, name: &str) -> &'a Value {
    let entities = report["connections"][0]["entities"].as_array().unwrap();
    entities.iter().find(|entity| entity["entity"] == name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_entity_does_not_stop_the_others_and_names_the_permission() {
    let desk = Desk::hurried(small()).await;
    desk.connect(&[]).await.with_code(0);
    desk.trap(json!({ "forbidden": { "entities": ["Invoice"] } })).await;
    let report = desk.run(&["sync", "--json"]).await.with_code(0).json();
    let invoices = entity(&report, "invoices");
    assert_eq!(invoices["standing"], "refused");
    assert!(invoices["remedy"].as_str().unwrap().contains("read:invoices"), "{invoices}");
    assert_eq!(entity(&report, "tickets")["standing"], "complete");
    assert_eq!(entity(&report, "timesheet_events")["standing"], "complete");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_is_ignored_is_red() {
    let desk = Desk::hurried(small()).await;
    desk.connect(&[]).await.with_code(0);
    desk.trap(json!({ "filter_ignored": { "entities": ["TimesheetEvent"] } })).await;
    let report = desk.run(&["sync", "--json"]).await.with_code(1).json();
    let events = entity(&report, "timesheet_events");
    assert_eq!(events["standing"], "failed");
    assert!(events["reason"].as_str().unwrap().contains("start_date"), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_narrows_brakes_until_a_person_decides() {
    let desk = Desk::hurried(small()).await;
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    desk.trap(json!({ "agent_own_tickets_only": true })).await;
    let report = desk.run(&["sync", "--json"]).await.with_code(1).json();
    assert_eq!(entity(&report, "tickets")["standing"], "braked", "{report}");
    let kept = desk.query("select count(*) as n from halo.tickets where deleted_at is null").await;
    assert!(kept[0]["n"].as_u64().unwrap() > 300, "{kept:?}");
    let restrictions = report["connections"][0]["restrictions"].to_string();
    assert!(restrictions.contains("other agent's ticket is visible"), "{restrictions}");
    // What changes out of sight meanwhile must not be lost.
    desk.mutate(3, 60).await;
    // It stays braked, also in a pass that sees the same rights as the one before.
    desk.run(&["sync"]).await.with_code(1);
    // Widened again, everything is as before.
    desk.trap(json!({ "agent_own_tickets_only": false })).await;
    desk.run(&["sync"]).await.with_code(0);
    assert_eq!(truth::differences(&desk).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn accepted_absences_let_the_rows_go() {
    let desk = Desk::hurried(small()).await;
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    desk.trap(json!({ "agent_clients": true })).await;
    desk.run(&["sync"]).await.with_code(1);
    desk.run(&["sync", "--accept-absences", "all"]).await.with_code(0);
    let clients = desk.query("select count(*) as n from halo.clients where deleted_at is null").await;
    assert_eq!(clients[0]["n"], 3);
}
