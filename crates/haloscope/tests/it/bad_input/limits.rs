//! Too many requests, tokens that end early, servers that are down: waited out when they pass, named when they stay.

use serde_json::{Value, json};

use super::{counts, fails, recovers, run, small, sooner, synced};
use crate::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_end_in_the_middle_are_renewed() {
    let desk = Desk::hurried(small()).await;
    desk.connect(&[]).await.with_code(0);
    let before = ledger(&desk).await;
    // So much of the desk's time passes in a tenth of a second.
    desk.trap(json!({ "token_expires_early": { "seconds": 10 } })).await;
    run(&desk, &["sync"]).await.with_code(0);
    desk.trap(json!({ "token_expires_early": false, "token_revoked_after": { "requests": 7 } })).await;
    desk.mutate(2, 20).await;
    recovers(&desk).await;
    let after = ledger(&desk).await;
    let count = |name: &str| after[name].as_u64().unwrap() - before[name].as_u64().unwrap();
    let (tokens, requests) = (count("tokens_issued"), count("requests"));
    assert!(tokens >= 8 && tokens <= requests / 3, "{tokens} tokens for {requests} requests");
}

async fn ledger(desk: &Desk) -> Value {
    serde_json::from_str(&desk.get("ledger").await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_by_the_limit_is_waited_out_with_and_without_a_hint() {
    let desk = Desk::hurried(small()).await;
    desk.connect(&[]).await.with_code(0);
    for settings in [json!({ "every": 9 }), json!({ "every": 9, "retry_after": 20 })] {
        desk.trap(json!({ "limit_429": settings })).await;
        desk.mutate(4, 10).await;
        run(&desk, &["sync"]).await.with_code(0);
    }
    desk.trap(json!({ "limit_429": false })).await;
    recovers(&desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_passes_is_named_and_what_passes_is_sat_out() {
    let desk = synced().await;
    desk.mutate(4, 20).await;
    let before = counts(&desk).await;
    let refused = ["because of its request limit", "or lower the request limit"];
    for (trap, settings, words) in [
        ("limit_429", json!({ "every": 1 }), refused),
        ("limit_429", json!({ "every": 1, "retry_after": 30 }), refused),
        ("token_429", json!({ "every": 1 }), ["HaloPSA refused `/auth/token` because of its request limit", "Wait"]),
        ("storm_5xx", json!({ "seconds": 86_400 }), ["with status 50", "look at its status page"]),
    ] {
        desk.trap(json!({ trap: settings })).await;
        sooner(&desk, fails(&desk, &["sync"], &words)).await;
        desk.trap(json!({ trap: false })).await;
    }
    assert_eq!(counts(&desk).await, before);
    desk.trap(json!({ "storm_5xx": { "seconds": 12 } })).await;
    recovers(&desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_filter_that_is_silently_ignored_costs_requests_and_no_rows() {
    let desk = synced().await;
    let entities = ["Tickets", "Projects", "Opportunities", "Client", "Site", "Users", "Invoice"];
    desk.trap(json!({ "filter_ignored": { "entities": entities } })).await;
    desk.mutate(21, 60).await;
    run(&desk, &["sync"]).await.with_code(0);
    let tickets = "select count(*) as n from halo.tickets where deleted_at is null";
    let truth = crate::truth::truth(&desk, "Tickets", &["id"]).await.len();
    assert_eq!(desk.query(tickets).await[0]["n"], truth);
    desk.trap(json!({ "filter_ignored": false })).await;
    desk.mutate(22, 30).await;
    recovers(&desk).await;
}
