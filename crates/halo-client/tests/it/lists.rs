//! Lists and records as HaloPSA answers them.

use std::borrow::Cow;
use std::sync::Arc;

use axum::response::IntoResponse;
use halo_client::{AuthInfo, HaloError, Lane, ListCall, Shape, discover};

use crate::server::{Fake, json, setup, status};

#[tokio::test]
async fn a_page_carries_rows_counts_ticks_and_the_servers_time() {
    let fake = Fake::start(|_| {
        let body = r#"{"page_no":2,"page_size":"100","record_count":250,"tickets":[{"id":1,"x":1.10},{"id":2}]}"#;
        ([("date", "Tue, 24 Nov 2026 10:00:07 GMT"), ("content-type", "application/json")], body).into_response()
    })
    .await;
    let setup = setup(fake.settings()).await;
    let params = [("order", Cow::from("id")), ("search", Cow::from("a&b=ü ?"))];
    let call = ListCall { path: "/Tickets", key: "tickets", params: &params, max_bytes: None };
    let first = setup.client.list(Lane::Delta, &call).await.unwrap();
    let second = setup.client.list(Lane::Delta, &call).await.unwrap();

    assert_eq!(
        (first.shape, first.page_no, first.page_size, first.record_count),
        (Shape::Paged, Some(2), Some(100), Some(250))
    );
    assert_eq!(first.records.iter().map(|row| row.get()).collect::<Vec<_>>(), [r#"{"id":1,"x":1.10}"#, r#"{"id":2}"#]);
    assert_eq!(first.server_time_micros, Some(1_795_514_407_000_000));
    assert!(first.asked < first.answered && first.answered < second.asked && second.asked < second.answered);
    let call = &fake.calls()[0];
    assert_eq!(call.uri, "/api/Tickets?order=id&search=a%26b%3D%C3%BC+%3F");
    assert_eq!(call.authorization, "Bearer token-1");
    assert_eq!(setup.budget.status().used_in_window, 2);
}

#[tokio::test]
async fn a_missing_record_is_none_but_a_missing_path_is_an_error() {
    let fake = Fake::start(|call| match call.uri.as_str() {
        "/api/Tickets/7?includedetails=true" => json(r#"{"id":7}"#),
        "/api/Tickets/8" => status(404, ""),
        _ => (axum::http::StatusCode::NOT_FOUND, [("content-type", "text/html")], "<html>IIS").into_response(),
    })
    .await;
    let setup = setup(fake.settings()).await;
    let found = setup.client.record(Lane::Person, "/Tickets", "7", &[("includedetails", "true")]).await.unwrap();
    assert_eq!(found.record.unwrap().get(), r#"{"id":7}"#);
    let missing = setup.client.record(Lane::Person, "/Tickets", "8", &[]).await.unwrap();
    assert!(missing.record.is_none() && missing.asked < missing.answered);
    let error = setup.client.record(Lane::Person, "/Ticket", "8", &[]).await.unwrap_err();
    assert!(matches!(error, HaloError::NotFound { .. }), "{error}");
    assert_eq!(fake.calls().len(), 3);
}

#[tokio::test]
async fn agent_me_may_be_large_but_not_endless() {
    let of_size = |size: usize| json(format!(r#"{{"id":3,"claims":"{}"}}"#, "x".repeat(size)));
    let fake = Fake::start(move |call| of_size(if call.number == 1 { 2_000_000 } else { 4_000_000 })).await;
    let setup = setup(fake.settings()).await;
    assert!(setup.client.agent_me(Lane::Person).await.unwrap().record.is_some());
    let error = setup.client.agent_me(Lane::Person).await.unwrap_err();
    assert!(matches!(error, HaloError::TooLarge { limit: 4_000_000, .. }), "{error}");
}

#[tokio::test]
async fn discovery_finds_auth_url_and_tenant_also_from_the_web_address() {
    let fake = Fake::start(|call| match call.uri.as_str() {
        "/api/AuthInfo" => json(r#"{"auth_url":"http://127.0.0.1:9/auth","tenant_id":"acme"}"#),
        _ => ([("content-type", "text/html")], "<html><title>Halo</title>").into_response(),
    })
    .await;
    let expected = AuthInfo {
        resource_url: fake.url.join("/api").unwrap(),
        auth_url: "http://127.0.0.1:9/auth".parse().unwrap(),
        tenant: Some("acme".to_owned()),
    };
    assert_eq!(discover(&fake.url.join("/api/").unwrap(), true).await.unwrap().auth_url, expected.auth_url);
    assert_eq!(discover(&fake.url, true).await.unwrap(), expected);
    let error = discover(&fake.url.join("/portal/api").unwrap(), true).await.unwrap_err();
    assert!(error.to_string().contains("titled \"Halo\""), "{error}");
}

#[tokio::test]
async fn an_auth_url_found_is_checked_like_one_that_was_typed() {
    let fake = Fake::start(|_| json(r#"{"auth_url":"http://169.254.169.254/auth"}"#)).await;
    let error = discover(&fake.url.join("/api").unwrap(), true).await.unwrap_err();
    assert!(matches!(error, HaloError::Blocked { .. }), "{error}");
}

#[tokio::test]
async fn clones_share_token_and_budget() {
    let fake = Fake::start(|_| json("[]")).await;
    let setup = Arc::new(setup(fake.settings()).await);
    for _ in 0..3 {
        setup.client.clone().list(Lane::Delta, &crate::server::TICKETS).await.unwrap();
    }
    assert_eq!((fake.tokens().len(), setup.budget.status().used_in_window), (1, 3));
}
