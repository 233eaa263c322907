//! An application without scopes, an agent without teams: what may not be read is named, and nothing is taken for deleted.

use serde_json::json;

use super::{check, counts, entity, recovers, run, small, synced};
use crate::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_scope_is_named_and_deletes_nothing() {
    let desk = synced().await;
    let before = counts(&desk).await;
    desk.trap(json!({ "app_scopes": { "allowed": ["read:tickets"] } })).await;
    let done = run(&desk, &["sync", "--json"]).await.with_code(0);
    for (table, scope) in
        [("clients", "read:customers"), ("invoices", "read:invoices"), ("timesheet_events", "read:timesheets")]
    {
        let refused = entity(&done, table);
        assert_eq!(refused["standing"], "refused", "{refused}");
        assert!(refused["remedy"].as_str().unwrap().contains(scope), "{refused}");
    }
    assert_eq!(entity(&done, "tickets")["standing"], "complete");
    assert_eq!(counts(&desk).await, before);

    // Where nothing at all may be read, nothing is green.
    desk.trap(json!({ "app_scopes": { "allowed": [] } })).await;
    let done = run(&desk, &["sync", "--json"]).await;
    check(&desk, "no scope", &done, &["refused a new token", "Grant the application the scope `read:tickets`"]);
    desk.trap(json!({ "app_scopes": false, "agent_login_type_other": true })).await;
    let done = run(&desk, &["sync", "--json"]).await;
    check(&desk, "login type", &done, &["agent may not read", "its agent the permission"]);
    let connected = desk.connect(&[]).await;
    check(&desk, "login type", &connected, &["\"Ask for the agent\"", "Login Type (Agent)", "nothing was saved"]);
    desk.trap(json!({ "agent_login_type_other": false })).await;
    assert_eq!(counts(&desk).await, before);
    recovers(&desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_without_a_team_is_named_and_deletes_nothing() {
    let named = ["belongs to no team", "sees no ticket at all"];
    let desk = Desk::hurried(small()).await;
    desk.trap(json!({ "agent_no_team": true })).await;
    let connected = desk.connect(&[]).await.with_code(0);
    assert!(connected.err.contains("The agent sees no ticket"), "{}", connected.err);
    run(&desk, &["sync"]).await;
    let status = run(&desk, &["status"]).await.out;
    assert!(status.contains("Restricted view") && named.iter().all(|word| status.contains(word)), "{status}");

    desk.trap(json!({ "agent_no_team": false })).await;
    run(&desk, &["sync"]).await.with_code(0);
    let before = counts(&desk).await;
    assert!(before["tickets"].as_u64() > Some(50), "{before}");
    desk.trap(json!({ "agent_no_team": true })).await;
    let done = run(&desk, &["sync", "--json"]).await;
    check(&desk, "no team", &done, &[&named[..], &["no longer listed", "--accept-absences tickets"]].concat());
    assert_eq!(entity(&done, "tickets")["standing"], "braked");
    assert_eq!(counts(&desk).await, before);
    desk.trap(json!({ "agent_no_team": false })).await;
    recovers(&desk).await;
}
