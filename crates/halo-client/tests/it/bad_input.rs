//! Everything that can be wrong with an answer: a clear error, a bounded number of requests, bounded memory.

use std::error::Error;

use axum::response::IntoResponse;
use halo_client::{Clock, HaloError, Lane, Recovery, Url};

use crate::server::{Fake, TICKETS, json, raw_server, settings, setup, status};

const ATTEMPTS: usize = 6;

/// Asks for a list where every call answers `reply`; answers with the error and the number of calls made.
async fn list_where(reply: impl Fn() -> axum::response::Response + Send + Sync + 'static) -> (HaloError, usize) {
    let fake = Fake::start(move |_| reply()).await;
    let error = setup(fake.settings()).await.tickets().await.unwrap_err();
    (error, fake.calls().len())
}

/// The same, with a server that speaks no proper HTTP.
async fn list_of_raw(bytes: Vec<u8>) -> HaloError {
    let fake = Fake::start(|_| json("[]")).await;
    let mut settings = fake.settings();
    settings.resource_url = raw_server(bytes).await;
    setup(settings).await.tickets().await.unwrap_err()
}

#[tokio::test]
async fn a_page_for_people_is_recognised() {
    let html = || ([("content-type", "text/html")], "<!DOCTYPE html><title>Log in - Halo</title>").into_response();
    let (error, calls) = list_where(html).await;
    assert_eq!(error.to_string(), "`/Tickets` answered an HTML page titled \"Log in - Halo\" instead of JSON");
    assert_eq!(calls, ATTEMPTS, "a host that wakes up answers so for a while");
}

#[tokio::test]
async fn truncated_bodies_are_asked_again_and_then_named() {
    let short = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"record_count\":9,\"tickets\":[{\"id\":1".to_vec();
    let error = list_of_raw(short).await;
    assert!(matches!(error, HaloError::Truncated { received: 36, .. }), "{error:?}");
    assert_eq!(error.recovery(), Recovery::Backoff);
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n[{\"a\"\r\n".to_vec();
    let error = list_of_raw(chunked).await;
    assert!(matches!(error, HaloError::Truncated { received: 5, .. }), "{error:?}");
    let unframed = b"HTTP/1.1 200 OK\r\n\r\n[{\"id\":1},".to_vec();
    assert!(matches!(list_of_raw(unframed).await, HaloError::Truncated { .. }));
}

#[tokio::test]
async fn a_connection_that_breaks_or_babbles_is_named() {
    let error = list_of_raw(Vec::new()).await;
    assert!(matches!(error, HaloError::Interrupted { .. }), "{error:?}");
    let error = list_of_raw(b"SSH-2.0-OpenSSH\r\n".to_vec()).await;
    assert!(matches!(error, HaloError::Interrupted { .. }), "{error:?}");
}

#[tokio::test]
async fn a_body_of_50_mb_is_refused_by_promise_and_by_count() {
    let (error, calls) = list_where(|| json(format!("[\"{}\"]", "x".repeat(50_000_000)))).await;
    assert_eq!(error.to_string(), "the answer of `/Tickets` is larger than the limit of 48000000 bytes");
    assert_eq!(calls, 1);
    let mut endless = b"HTTP/1.1 200 OK\r\n\r\n[".to_vec();
    endless.resize(50_000_000, b' ');
    assert!(matches!(list_of_raw(endless).await, HaloError::TooLarge { .. }));
}

#[tokio::test]
async fn a_body_that_swells_when_it_is_unpacked_is_refused() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-type: application/json\r\n\r\n".to_vec();
    let bomb = gzip_of_spaces(50_000_000);
    assert!(bomb.len() < 400_000);
    let error = list_of_raw([head, bomb].concat()).await;
    assert!(matches!(error, HaloError::TooLarge { .. }), "{error:?}");
}

/// A gzip stream of about `size` spaces, without its last bytes: one literal, then runs of 258 at distance 1.
fn gzip_of_spaces(size: usize) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let (mut bits, mut count) = (0_u32, 0);
    // Header fields go lowest bit first, Huffman codes highest bit first: here all codes are written reversed already.
    let mut put = |value: u32, width: u32| {
        bits |= value << count;
        count += width;
        while count >= 8 {
            bytes.push(u8::try_from(bits & 0xff).unwrap());
            bits >>= 8;
            count -= 8;
        }
    };
    let code = |value: u32, width: u32| value.reverse_bits() >> (32 - width);
    put(0b011, 3); // last block, fixed codes
    put(code(0x30 + 0x20, 8), 8); // the literal ' '
    for _ in 0..size / 258 {
        put(code(0b1100_0101, 8), 8); // length 258
        put(0, 5); // distance 1
    }
    bytes
}

#[tokio::test]
async fn nesting_of_10_000_levels_is_a_clear_error() {
    let (error, calls) = list_where(|| json("[".repeat(10_000))).await;
    assert_eq!(error.to_string(), "the answer of `/Tickets` nests deeper than 64 levels");
    assert_eq!(calls, 1);
    let (error, _) = list_where(|| json("{\"a\":".repeat(10_000))).await;
    assert!(matches!(error, HaloError::TooDeep { .. }), "{error:?}");
}

#[tokio::test]
async fn a_storm_of_server_faults_ends_and_a_gust_is_sat_out() {
    let fake = Fake::start(|_| status(500, r#"{"Message":"Object reference not set"}"#)).await;
    let set_up = setup(fake.settings()).await;
    let error = set_up.tickets().await.unwrap_err();
    assert_eq!(error.to_string(), "HaloPSA failed at `/Tickets` with status 500: Object reference not set");
    assert_eq!((fake.calls().len(), set_up.budget.status().used_in_window), (ATTEMPTS, 6));
    let waited = set_up.clock.monotonic().as_secs();
    assert!((31..=62).contains(&waited), "2 + 4 + 8 + 16 + 32 s, each by up to half less: {waited}");

    let fake = Fake::start(|call| if call.number < 4 { status(503, "") } else { json("[]") }).await;
    setup(fake.settings()).await.tickets().await.unwrap();
}

#[tokio::test]
async fn for_a_person_who_waits_a_fault_is_reported_at_once() {
    let fake = Fake::start(|_| status(503, "")).await;
    let client = setup(fake.settings()).await.client.without_retries();
    let error = client.list(Lane::Person, &TICKETS).await.unwrap_err();
    assert!(matches!(error, HaloError::ServerFault { status: 503, .. }), "{error:?}");
    assert_eq!(fake.calls().len(), 1);
}

#[tokio::test]
async fn refusals_are_not_asked_again() {
    for (code, words) in [
        (400, "HaloPSA refused `/Tickets` with status 400: no"),
        (403, "the agent may not read `/Tickets`: no"),
        (404, "`/Tickets` does not exist in this HaloPSA"),
        (415, "HaloPSA refused `/Tickets` with status 415: no"),
    ] {
        let (error, calls) = list_where(move || status(code, "\"no\"")).await;
        assert_eq!((error.to_string().as_str(), calls), (words, 1));
        assert!(matches!(error.recovery(), Recovery::AskOperator(_)));
    }
}

#[tokio::test]
async fn a_redirect_is_an_error_that_names_its_target() {
    let elsewhere =
        || (axum::http::StatusCode::FOUND, [("location", "https://login.example/x?token=1")]).into_response();
    let (error, calls) = list_where(elsewhere).await;
    assert_eq!(
        error.to_string(),
        "`/Tickets` answered with a redirect to `https://login.example/x`, which is not followed"
    );
    assert_eq!(calls, 1);
}

#[tokio::test]
async fn a_wrong_host_is_named_and_takes_no_permit() {
    let mut wrong = settings(&Url::parse("http://127.0.0.1:1").unwrap());
    let error = setup(wrong.clone()).await.client.sign_in().await.unwrap_err();
    assert_eq!(error.to_string(), "`127.0.0.1:1` could not be reached");
    assert!(error.source().is_some());
    wrong.auth_url = Fake::start(|_| json("[]")).await.url.join("/auth").unwrap();
    wrong.resource_url = Url::parse("http://no-such-host.invalid/api").unwrap();
    let set_up = setup(wrong).await;
    let error = set_up.tickets().await.unwrap_err();
    assert_eq!(error.to_string(), "`no-such-host.invalid` could not be reached");
    assert_eq!(set_up.budget.status().used_in_window, 0);
}

#[tokio::test]
async fn private_addresses_are_refused_unless_allowed() {
    let fake = Fake::start(|_| json("[]")).await;
    let port = fake.url.port().unwrap();
    // By name: the resolver refuses, when the connection is made. Encrypted, as plain http is refused before.
    let mut by_name = settings(&Url::parse(&format!("https://localhost:{port}")).unwrap());
    by_name.allow_private_address = false;
    let error = setup(by_name).await.client.sign_in().await.unwrap_err();
    assert!(matches!(&error, HaloError::Blocked { host, .. } if *host == format!("localhost:{port}")), "{error:?}");
    assert!(fake.tokens().is_empty());
    // Allowed: the same name is reached.
    setup(settings(&Url::parse(&format!("http://localhost:{port}")).unwrap())).await.tickets().await.unwrap();
}
