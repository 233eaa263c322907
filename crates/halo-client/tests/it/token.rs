//! Signing in: one request at a time, early, once more after a 401, and each refusal by its name.

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use axum::response::IntoResponse;
use futures_util::FutureExt;
use futures_util::future::join_all;
use halo_client::{Clock, HaloError, Lane, Recovery};

use crate::server::{Call, Fake, SECRET, json, setup, status, token};

/// Requests of others with the same token, more than make it new.
const OTHERS: usize = 12;

#[tokio::test]
async fn all_wait_for_one_token() {
    let fake = Fake::start(|_| json("[]")).await;
    let setup = setup(fake.settings()).await;
    for result in join_all((0..20).map(|_| setup.tickets())).await {
        result.unwrap();
    }
    assert_eq!((fake.tokens().len(), fake.calls().len()), (1, 20));
}

#[tokio::test]
async fn all_share_one_failure() {
    let fake = Fake::start_with(|_| status(401, r#"{"error":"invalid_client"}"#), |_| json("[]")).await;
    let setup = setup(fake.settings()).await;
    for result in join_all((0..20).map(|_| setup.client.sign_in())).await {
        assert!(matches!(result, Err(HaloError::Credentials { .. })));
    }
    assert_eq!(fake.tokens().len(), 1);
}

#[tokio::test]
async fn a_token_request_that_nobody_waits_for_is_forgotten() {
    let fake = Fake::start(|_| json("[]")).await;
    let setup = setup(fake.settings()).await;
    // One poll sends it on its way; then its only waiter goes.
    assert!(setup.client.sign_in().now_or_never().is_none());
    setup.client.sign_in().await.unwrap();
}

#[tokio::test]
async fn the_request_is_a_form_with_the_tenant_in_the_query() {
    let fake = Fake::start(|_| json("[]")).await;
    let mut settings = fake.settings();
    settings.tenant = Some("acme & co".to_owned());
    settings.scope = "read:tickets read:customers".to_owned();
    setup(settings).await.client.sign_in().await.unwrap();
    let call = &fake.tokens()[0];
    assert_eq!(call.uri, "/auth/token?tenant=acme+%26+co");
    assert_eq!(
        call.body,
        format!(
            "grant_type=client_credentials&client_id=client-1&client_secret={SECRET}&scope=read%3Atickets+read%3Acustomers"
        )
    );
}

#[tokio::test]
async fn it_is_renewed_a_minute_before_its_end() {
    let fake = Fake::start(|_| json("[]")).await;
    let setup = setup(fake.settings()).await;
    for (seconds, tokens) in [(0, 1), (3539, 1), (2, 2)] {
        setup.clock.advance(seconds);
        setup.tickets().await.unwrap();
        assert_eq!(fake.tokens().len(), tokens, "after {seconds} s more");
    }
}

#[tokio::test]
async fn one_of_short_life_is_used_for_half_of_it() {
    let fake = Fake::start_with(|_| json(r#"{"access_token":"t","expires_in":"30"}"#), |_| json("[]")).await;
    let setup = setup(fake.settings()).await;
    for (seconds, tokens) in [(0, 1), (14, 1), (2, 2)] {
        setup.clock.advance(seconds);
        setup.tickets().await.unwrap();
        assert_eq!(fake.tokens().len(), tokens, "after {seconds} s more");
    }
}

#[tokio::test]
async fn one_that_ended_early_is_replaced_and_the_request_repeated_once() {
    let fake = Fake::start(|call| match call.authorization.as_str() {
        "Bearer token-1" if call.number > 1 => status(401, ""),
        _ => json("[]"),
    })
    .await;
    let setup = setup(fake.settings()).await;
    setup.tickets().await.unwrap();
    setup.tickets().await.unwrap();
    assert_eq!((fake.tokens().len(), fake.calls().len()), (2, 3));
    assert_eq!(setup.budget.status().used_in_window, 3, "each repetition takes its own permit");
}

#[tokio::test]
async fn a_second_401_is_no_loop_and_names_both_causes() {
    let fake = Fake::start(|_| status(401, "")).await;
    let setup = setup(fake.settings()).await;
    let error = setup.tickets().await.unwrap_err();
    assert!(matches!(error, HaloError::Unauthorized { .. }), "{error}");
    let Recovery::AskOperator(advice) = error.recovery() else { panic!("{error}") };
    assert!(advice.contains("right or scope") && advice.contains("Login Type"), "{advice}");
    assert_eq!((fake.tokens().len(), fake.calls().len()), (2, 2));
}

#[tokio::test]
async fn one_refused_token_is_replaced_once_for_all() {
    let fake =
        Fake::start(|call| if call.authorization == "Bearer token-1" { status(401, "") } else { json("[]") }).await;
    let setup = setup(fake.settings()).await;
    for result in join_all((0..10).map(|_| setup.tickets())).await {
        result.unwrap();
    }
    assert_eq!(fake.tokens().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_that_others_have_used_up_meanwhile_is_not_the_answer() {
    // The second token of a record's request ends after others have used it, before that request is answered.
    let (used, uses) = mpsc::channel::<()>();
    let uses = Mutex::new(uses);
    let fake = Fake::start(move |call| match (call.uri.ends_with("/77"), call.authorization.as_str()) {
        (true, "Bearer token-1") => status(401, ""),
        (true, "Bearer token-2") => {
            // Whoever waits here must not keep what this thread would do next.
            let all = tokio::task::block_in_place(|| {
                let uses = uses.lock().unwrap();
                (0..OTHERS).all(|_| uses.recv_timeout(Duration::from_secs(10)).is_ok())
            });
            assert!(all, "others do not ask");
            status(401, "")
        }
        (true, _) => json(r#"{"id": 77}"#),
        (false, token) => {
            if token == "Bearer token-2" {
                used.send(()).unwrap();
            }
            json("[]")
        }
    })
    .await;
    let setup = setup(fake.settings()).await;
    let others = async {
        while fake.tokens().len() < 2 {
            tokio::task::yield_now().await;
        }
        for _ in 0..OTHERS {
            setup.tickets().await.unwrap();
        }
    };
    let record = setup.client.record(Lane::Backfill, "Tickets", "77", &[]);
    let (record, ()) = futures_util::future::join(record, others).await;
    assert!(record.unwrap().record.is_some());
    assert_eq!(fake.tokens().len(), 3);
}

/// Signs in where the token endpoint answers with `code` and `body`.
async fn refused(code: u16, body: &'static str) -> HaloError {
    let fake = Fake::start_with(move |_| status(code, body), |_| json("[]")).await;
    let mut settings = fake.settings();
    settings.tenant = Some("acme".to_owned());
    let error = setup(settings).await.client.sign_in().await.unwrap_err();
    assert_eq!(fake.tokens().len(), 1, "sign_in asks once");
    error
}

#[tokio::test]
async fn each_refusal_has_its_name() {
    let error = refused(401, r#"{"error":"invalid_client"}"#).await;
    assert!(matches!(error, HaloError::Credentials { .. }), "{error}");
    let error = refused(400, r#"{"error":"invalid_client","error_description":"inactive"}"#).await;
    assert_eq!(error.to_string(), "HaloPSA refused the credentials of client `client-1`: inactive");
    let error = refused(400, r#"{"error":"invalid_request","error_description":"Tenant not found"}"#).await;
    assert_eq!(error.to_string(), "HaloPSA does not accept the tenant `acme`: Tenant not found");
    let error = refused(400, r#"{"error":"invalid_scope"}"#).await;
    assert!(matches!(error, HaloError::Scope { .. }), "{error}");
    let error = refused(401, "").await;
    assert!(matches!(error, HaloError::Credentials { .. }), "{error}");
    let error = refused(403, "<html><title>Blocked by firewall</title></html>").await;
    assert_eq!(error.to_string(), "`/auth/token` answered an HTML page titled \"Blocked by firewall\" instead of JSON");
    let error = refused(200, "<html><title>Log in</title></html>").await;
    assert!(matches!(error, HaloError::NotJson { html: true, .. }), "{error}");
    let error = refused(200, r#"{"error":"x"}"#).await;
    assert_eq!(error.to_string(), "the answer of `/auth/token` holds no access token: x");
    let error = refused(404, "").await;
    assert!(matches!(error, HaloError::NotFound { .. }), "{error}");
    let error = refused(503, "").await;
    assert_eq!(error.recovery(), Recovery::Backoff);
}

#[tokio::test]
async fn the_secret_is_in_no_error() {
    for code in [200, 302, 400, 401, 403, 404, 418, 429, 500] {
        let echo = |call: &Call| call.body.clone();
        let fake = Fake::start_with(move |call| status(code, &echo(call)), |_| json("[]")).await;
        let setup = setup(fake.settings()).await;
        let error = setup.client.sign_in().await.unwrap_err();
        let shown = format!("{error} {error:?} {:?} {}", fake.settings(), error.advice());
        assert!(!shown.contains(SECRET), "{code}: {shown}");
    }
}

#[tokio::test]
async fn a_throttled_token_endpoint_is_asked_again_after_the_wait() {
    let throttled = |call: &Call| match call.number {
        1 => ([("retry-after", "40")], status(429, "")).into_response(),
        _ => token(call),
    };
    let fake = Fake::start_with(throttled, |_| json("[]")).await;
    let setup = setup(fake.settings()).await;
    setup.tickets().await.unwrap();
    assert_eq!(fake.tokens().len(), 2);
    assert_eq!(setup.clock.monotonic().as_secs(), 40);
}
