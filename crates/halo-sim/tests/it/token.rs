//! Tokens: how they are asked for, refused, and when they die.

use serde_json::json;

use crate::bench::{read, start};

#[tokio::test]
async fn the_tenant_may_be_in_the_query_in_the_form_or_absent() {
    let bench = start().await;
    for (form, expected) in [("demomsp", 200), ("DemoMSP", 200), ("None", 200), ("", 200), ("other", 400)] {
        let (status, answer) = bench.ask_token(&[("tenant", form), ("scope", "all")]).await;
        assert_eq!(status, expected, "{form}: {answer}");
    }
    for (query, expected) in [("?tenant=demomsp", 200), ("?tenant=None", 200), ("?tenant=other", 400)] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", bench.running.client_id()),
            ("client_secret", bench.running.client_secret()),
        ];
        let url = format!("{}/token{query}", bench.running.auth_url());
        let (status, answer) = read(bench.http.post(url).form(&form).send().await.unwrap()).await;
        assert_eq!(status, expected, "{query}: {answer}");
        assert_eq!(answer["error"].as_str(), (expected == 400).then_some("invalid_request"));
    }
}

#[tokio::test]
async fn an_answer_has_halos_members() {
    let bench = start().await;
    let (_, answer) = bench.ask_token(&[("scope", "read:tickets read:customers")]).await;
    assert!(answer["access_token"].is_string());
    for (member, expected) in [
        ("scope", json!("read:tickets read:customers")),
        ("token_type", json!("Bearer")),
        ("expires_in", json!(3600)),
        ("refresh_token", json!(null)),
        ("id_token", json!(null)),
    ] {
        assert_eq!(answer.get(member), Some(&expected), "{member}");
    }
}

#[tokio::test]
async fn wrong_requests_get_oauth_errors() {
    let bench = start().await;
    for (field, value, status, error) in [
        ("client_secret", "wrong", 401, "invalid_client"),
        ("client_id", "wrong", 401, "invalid_client"),
        ("grant_type", "", 400, "invalid_request"),
        ("grant_type", "password", 400, "unsupported_grant_type"),
        ("grant_type", "refresh_token", 400, "unsupported_grant_type"),
    ] {
        let (seen, answer) = bench.ask_token(&[(field, value)]).await;
        assert_eq!((seen.as_u16(), answer["error"].as_str()), (status, Some(error)), "{field}={value}");
    }
    let url = format!("{}/token", bench.running.auth_url());
    assert_eq!(bench.http.get(&url).send().await.unwrap().status(), 405);
    assert_eq!(bench.http.post(&url).body("{}").send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_token_without_scope_is_issued_and_worth_nothing() {
    let mut bench = start().await;
    bench.log_in("").await;
    for path in ["Tickets", "Status", "Agent/me"] {
        assert_eq!(bench.status(path).await, 401, "{path}");
    }
    bench.log_in("read:tickets").await;
    for (path, expected) in [("Tickets", 200), ("Status", 200), ("Agent/me", 200), ("Invoice", 401), ("Client", 401)] {
        assert_eq!(bench.status(path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn tokens_die_after_an_hour_or_earlier() {
    let mut bench = start().await;
    bench.advance(3_599.0).await;
    assert_eq!(bench.status("Status").await, 200);
    bench.advance(1.0).await;
    assert_eq!(bench.status("Status").await, 401);

    bench.traps(json!({"token_expires_early": {"seconds": 5}})).await;
    bench.log_in("all").await;
    bench.advance(4.0).await;
    assert_eq!(bench.status("Status").await, 200);
    bench.advance(1.0).await;
    assert_eq!(bench.status("Status").await, 401);

    bench.traps(json!({"token_expires_early": false, "token_revoked_after": {"requests": 2}})).await;
    bench.log_in("all").await;
    let seen = [bench.status("Status").await, bench.status("Status").await, bench.status("Status").await];
    assert_eq!(seen, [200, 200, 401]);
    bench.token = "synthetic-1-wrong".into();
    assert_eq!(bench.status("Status").await, 401);
}

#[tokio::test]
async fn the_token_endpoint_can_be_throttled() {
    let bench = start().await;
    bench.traps(json!({"token_429": {"every": 2, "retry_after": 3}})).await;
    assert_eq!(bench.ask_token(&[]).await.0, 200);
    assert_eq!(bench.ask_token(&[]).await.0, 429);
    let ledger = bench.ledger().await;
    assert_eq!((&ledger["token_requests"], &ledger["tokens_issued"]), (&json!(3), &json!(2)));
    assert_eq!(ledger["requests"], 0);
}

#[tokio::test]
async fn auth_info_needs_no_token_and_no_budget() {
    let bench = start().await;
    let url = format!("{}/authinfo", bench.running.resource_url());
    let (status, answer) = read(bench.http.get(url).send().await.unwrap()).await;
    assert_eq!(status, 200);
    assert_eq!(answer, json!({"auth_url": bench.running.auth_url(), "tenant_id": "demomsp"}));
    assert_eq!(bench.ledger().await["requests"], 0);
}
