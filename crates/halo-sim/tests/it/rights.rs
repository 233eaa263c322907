//! What the agent and the application may not do.

use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::{Bench, start};

async fn tickets_under(bench: &Bench, trap: &str, settings: Value) -> Vec<Value> {
    bench.traps(json!({trap: settings})).await;
    let rows = bench.rows("Tickets?domain=reqs").await;
    bench.traps(json!({trap: false})).await;
    rows
}

#[tokio::test]
async fn each_restriction_of_the_agent_hides_its_tickets() {
    let bench = start().await;
    let (status, new) = bench.post("Tickets", &json!([{"summary": "Nobody has this one", "tickettype_id": 1}])).await;
    assert_eq!((status.as_u16(), &new["agent_id"]), (201, &json!(1)), "{new}");
    let all = bench.rows("Tickets?domain=reqs").await;
    for (trap, settings, hidden) in [
        ("agent_no_unassigned", json!(true), (|row| row["agent_id"] == 1) as fn(&Value) -> bool),
        ("agent_own_tickets_only", json!(true), |row| row["agent_id"] != 1 && row["agent_id"] != 30),
        ("agent_ticket_types", json!({"ids": [1]}), |row| row["tickettype_id"] != 1),
        ("agent_teams", json!({"ids": [2]}), |row| row["team_id"] != 2),
        ("agent_departments", json!({"ids": [2]}), |row| row["department_id"] != 2),
        ("agent_clients", json!({"ids": [12]}), |row| row["client_id"] != 12),
        ("agent_no_team", json!(true), |_| true),
    ] {
        let seen = tickets_under(&bench, trap, settings).await;
        let expected: Vec<_> = all.iter().filter(|row| !hidden(row)).cloned().collect();
        assert!(expected.len() < all.len(), "{trap} hides something");
        assert_eq!(seen, expected, "{trap}");
    }
    assert_eq!(bench.rows("Tickets?domain=reqs").await, all, "nothing stays behind");
}

#[tokio::test]
async fn a_hidden_record_is_forbidden_and_not_missing() {
    let bench = start().await;
    let row = bench.rows("Tickets?client_id=12&count=1").await.remove(0);
    bench.traps(json!({"agent_clients": {"ids": [13]}})).await;
    assert_eq!(bench.status(&format!("Tickets/{}", row["id"])).await, 403);
    assert_eq!(bench.ids("Client?includeinactive=true").await, [13]);
    for path in ["Site", "Users", "Invoice"] {
        let rows = bench.rows(path).await;
        assert!(!rows.is_empty() && rows.iter().all(|row| row["client_id"].as_f64() == Some(13.0)), "{path}");
    }
}

#[tokio::test]
async fn one_entity_can_be_refused_while_others_answer() {
    let bench = start().await;
    for (trap, expected) in [
        (json!({"forbidden": {"entities": ["invoice"]}}), 403),
        (json!({"forbidden": false, "unauthorized_right": true}), 401),
        (json!({"unauthorized_right": false, "agent_access": {"invoices": "none"}}), 403),
    ] {
        bench.traps(trap.clone()).await;
        let response = bench.raw(Method::GET, "Invoice").await;
        assert_eq!(response.status(), expected, "{trap}");
        assert_eq!(response.text().await.unwrap(), "", "{trap}");
        assert_eq!(bench.status("Client").await, 200, "{trap}");
    }
}

#[tokio::test]
async fn login_type_access_and_scopes_bound_everything() {
    let mut bench = start().await;
    bench.traps(json!({"agent_login_type_other": true})).await;
    assert_eq!(bench.status("Tickets").await, 403);
    bench.traps(json!({"agent_login_type_other": false, "agent_access": {"tickets": "read"}})).await;
    assert_eq!(bench.status("Tickets").await, 200);
    assert_eq!(bench.post("Tickets", &json!([{"summary": "x"}])).await.0, 403);
    bench.traps(json!({"agent_access": false, "app_scopes": {"allowed": ["read:tickets"]}})).await;
    assert_eq!(bench.status("Tickets").await, 200);
    assert_eq!(bench.status("Invoice").await, 401);
    bench.log_in("read:invoices").await;
    assert_eq!(bench.status("Invoice").await, 401, "scopes never widen");
}

#[tokio::test]
async fn an_agent_may_see_only_its_own_time() {
    let bench = start().await;
    let all = bench.rows("TimesheetEvent").await.len();
    bench.traps(json!({"agent_own_timesheet_only": true})).await;
    let own = bench.rows("TimesheetEvent").await;
    assert!(own.len() < all && own.iter().all(|row| row["agent_id"] == 30));
}
