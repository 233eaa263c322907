//! The program over a store in PostgreSQL that restarts and hangs.

use std::time::{Duration, Instant};

use halo_sim::Options;
use reqwest::StatusCode;
use serde_json::json;

use crate::desk::Desk;
use crate::truth;
use crate::webhooks::Site;

/// How long the program may take to go on after the server does.
const PATIENCE: Duration = Duration::from_secs(60);

async fn site() -> Option<Site> {
    let server = local_postgres::for_tests()?;
    let mut desk = Desk::open(Options { tickets: 300, limit: 100_000, ..Options::default() }).await;
    desk.keep_store_in(server);
    Some(Site::at(desk).await)
}

fn told(key: &str) -> String {
    json!({ "id": key, "event": "ticket updated", "object_id": 1_001 }).to_string()
}

/// Posts until it is acknowledged. Answers how often it was refused with "try again".
async fn post(site: &Site, key: &str) -> usize {
    let began = Instant::now();
    let mut refused = 0;
    loop {
        match site.post(told(key)).await {
            StatusCode::OK => return refused,
            StatusCode::SERVICE_UNAVAILABLE => refused += 1,
            other => panic!("{other}"),
        }
        assert!(began.elapsed() < PATIENCE, "{}", site.server.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn is_right(site: Site, keys: &[&str]) {
    let log = site.settled().await;
    let mut kept: Vec<&str> = log.iter().filter_map(|logged| logged["key"].as_str()).collect();
    kept.sort_unstable();
    assert_eq!(kept, keys, "each that was acknowledged, once");
    assert!(log.iter().all(|logged| logged["state"] == "settled"), "{log:?}");
    site.desk.run(&["sync"]).await.with_code(0);
    assert_eq!(truth::differences(&site.desk).await, Vec::<String>::new());
    assert_eq!(site.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_loses_nothing_and_the_program_goes_on() {
    let Some(mut site) = site().await else { return };
    assert_eq!(post(&site, "a").await, 0);
    site.desk.postgres().kill().unwrap();
    assert_eq!(site.post(told("b")).await, StatusCode::SERVICE_UNAVAILABLE);
    let down = site.desk.run(&["status", "--json"]).await;
    assert!(down.code == Some(1) && down.err.contains("does not answer: see that it runs"), "{down:?}");
    site.desk.postgres().go_on().unwrap();
    post(&site, "b").await;
    site.desk.postgres().stop().unwrap();
    site.desk.postgres().go_on().unwrap();
    post(&site, "c").await;
    is_right(site, &["a", "b", "c"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_waited_for_and_then_nothing_is_acknowledged() {
    let Some(mut site) = site().await else { return };
    post(&site, "a").await;
    site.desk.postgres().pause().unwrap();
    let began = Instant::now();
    assert_eq!(site.post(told("b")).await, StatusCode::SERVICE_UNAVAILABLE);
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    site.desk.postgres().resume().unwrap();
    post(&site, "b").await;
    is_right(site, &["a", "b"]).await;
}
