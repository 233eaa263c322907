//! Every trap can be switched, and each does what it says.

use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::{ids_of, start};

#[tokio::test]
async fn every_trap_is_listed_and_can_be_switched_on_and_off() {
    let bench = start().await;
    let list = bench.control(Method::GET, "traps", &json!({})).await;
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|trap| trap["name"].as_str().unwrap()).collect();
    assert!(names.len() > 40);
    for trap in list.as_array().unwrap() {
        assert!(trap["meaning"].as_str().unwrap().ends_with('.') && trap["on"] == false, "{trap}");
        let name = trap["name"].as_str().unwrap();
        let after = bench.control(Method::POST, "traps", &json!({name: true})).await;
        let on: Vec<_> = after.as_array().unwrap().iter().filter(|trap| trap["on"] == true).collect();
        assert_eq!(on.len(), 1);
        assert_eq!((&on[0]["name"], &on[0]["settings"]), (&trap["name"], &trap["defaults"]));
        bench.control(Method::POST, "traps", &json!({name: trap["defaults"].clone()})).await;
        let after = bench.control(Method::POST, "traps", &json!({name: false})).await;
        assert_eq!(after, list);
    }
    for wrong in
        [json!({"nope": true}), json!({"cut_body": {"nope": 1}}), json!({"cut_body": {"every": "x"}}), json!(7)]
    {
        let (status, body) = bench.try_control(Method::POST, "traps", &wrong).await;
        assert_eq!(status, 400);
        assert!(body["error"].as_str().unwrap().ends_with('.'), "{body}");
    }
}

#[tokio::test]
async fn faults_hit_every_nth_request() {
    let bench = start().await;
    let seen = async |traps: Value| {
        bench.traps(traps).await;
        [bench.status("SLA").await, bench.status("SLA").await, bench.status("SLA").await]
    };
    assert_eq!(seen(json!({"server_errors": {"every": 2, "status": 502}})).await, [200, 502, 200]);
    assert_eq!(seen(json!({"server_errors": false, "redirect_login": {"every": 3}})).await, [200, 200, 302]);
    assert_eq!(seen(json!({"redirect_login": false, "limit_429": {"every": 2}})).await, [200, 429, 200]);
    assert_eq!(seen(json!({"limit_429": false, "storm_5xx": {"seconds": 10}})).await, [502, 500, 504]);
    bench.advance(10.0).await;
    assert_eq!(bench.status("SLA").await, 200);
    let ledger = bench.ledger().await;
    let by_trap = json!({"server_errors": 1, "redirect_login": 1, "limit_429": 1, "storm_5xx": 3});
    assert_eq!((&ledger["by_trap"], &ledger["rejected_429"]), (&by_trap, &json!(0)));
}

#[tokio::test]
async fn refusals_carry_a_hint_only_when_asked_for() {
    let bench = start().await;
    for (settings, expected) in [
        (json!({"every": 1}), None),
        (json!({"every": 1, "retry_after": 7}), Some("7")),
        (json!({"every": 1, "retry_after": 7, "as_date": true}), Some("Tue, 24 Nov 2026 17:00:07 GMT")),
    ] {
        bench.traps(json!({"limit_429": settings})).await;
        let response = bench.raw(Method::GET, "SLA").await;
        let hint = response.headers().get("retry-after").map(|value| value.to_str().unwrap());
        assert_eq!((response.status().as_u16(), hint), (429, expected));
    }
}

#[tokio::test]
async fn bodies_are_replaced_cut_swollen_or_deep() {
    let bench = start().await;
    bench.traps(json!({"html_instead": {"every": 1}})).await;
    let response = bench.raw(Method::GET, "SLA").await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"] == "text/html; charset=utf-8"),
        (200, true)
    );

    bench.traps(json!({"html_instead": false, "cut_body": {"every": 1}})).await;
    let response = bench.raw(Method::GET, "Tickets").await;
    assert_eq!(response.status(), 200);
    assert!(response.content_length().unwrap() > 1_000);
    assert!(response.bytes().await.is_err(), "the connection breaks");

    bench.traps(json!({"cut_body": false, "huge_body": {"every": 1, "megabytes": 3}})).await;
    let body = bench.raw(Method::GET, "Tickets").await.bytes().await.unwrap();
    assert!(body.len() > 3_000_000);
    let parsed: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(parsed["tickets"][0]["note"].as_str().unwrap().len(), 3_000_000);
    assert_eq!(bench.rows("SLA").await.len(), 2, "other lists are left alone");

    bench.traps(json!({"huge_body": false, "deep_json": {"every": 1, "entities": ["SLA"], "depth": 10_000}})).await;
    let body = bench.raw(Method::GET, "SLA").await.text().await.unwrap();
    assert_eq!(body.matches('[').count(), 10_001);
}

#[tokio::test]
async fn answers_can_be_slow() {
    let bench = start().await;
    bench.traps(json!({"slow": {"milliseconds": 60, "jitter": 0, "entities": ["SLA"]}})).await;
    let started = std::time::Instant::now();
    bench.status("SLA").await;
    assert!(started.elapsed().as_millis() >= 60);
}

#[tokio::test]
async fn pages_can_be_capped_ignored_or_shifted() {
    let bench = start().await;
    let page = async |path: &str| bench.get(path).await.1;
    bench.traps(json!({"page_cap": {"size": 7}})).await;
    assert_eq!(page("Users?pageinate=true&page_size=100").await["page_size"], 7);
    bench.traps(json!({"page_cap": {"size": 0}})).await;
    assert_eq!(page("Tickets?pageinate=true&page_size=150").await["tickets"].as_array().unwrap().len(), 150);
    bench.traps(json!({"page_cap": false, "paging_ignored": true})).await;
    let whole = page("Tickets?pageinate=true&page_size=10").await;
    assert!(whole.get("page_no").is_none() && whole["tickets"].as_array().unwrap().len() > 100);
    bench.traps(json!({"paging_ignored": false, "filter_ignored": {"entities": ["Client"]}})).await;
    assert_ne!(page("Client?lastupdatefromdate=2099-01-01").await["record_count"], 0);
    assert_eq!(page("Tickets?lastupdatefromdate=2099-01-01").await["record_count"], 0);
}

#[tokio::test]
async fn rows_go_and_come_while_pages_are_read() {
    let bench = start().await;
    let total = bench.rows("Tickets?domain=reqs").await.len();
    bench.traps(json!({"rows_deleted_while_reading": {"every": 2}})).await;
    let first = bench.ids("Tickets?pageinate=true&domain=reqs&order=id&page_size=10").await;
    let second = bench.ids("Tickets?pageinate=true&domain=reqs&order=id&page_size=10&page_no=2").await;
    let third = bench.ids("Tickets?pageinate=true&domain=reqs&order=id&page_size=10&page_no=3").await;
    let now = bench.ids("Tickets?domain=reqs&order=id").await;
    assert!(!now.contains(&second[0]) && now.len() == total - 1);
    assert_eq!((&now[..10], &now[20..30]), (&first[..], &third[..]));
    let missed = now[19];
    assert!(!second.contains(&missed) && !third.contains(&missed), "a row moved up to a page that was read");
    let gone = bench.truth("Tickets").await.into_iter().find(|row| row["id"] == second[0]);
    assert_eq!(gone.unwrap()["deleted"], true);

    bench.traps(json!({"rows_deleted_while_reading": false, "rows_inserted_while_reading": {"every": 1}})).await;
    let newest = bench.ids("Tickets?pageinate=true&page_size=10").await;
    let after = bench.ids("Tickets?pageinate=true&page_size=10").await;
    assert_eq!(after[1..], newest[..9], "a new row came first");
    let ledger = bench.ledger().await;
    assert_eq!(ledger["by_trap"], json!({"rows_deleted_while_reading": 1, "rows_inserted_while_reading": 2}));
}

#[tokio::test]
async fn values_can_be_spelt_in_every_way_seen() {
    let bench = start().await;
    let tickets = async |traps: Value| {
        bench.traps(traps).await;
        let body = bench.raw(Method::GET, "Tickets").await.text().await.unwrap();
        (serde_json::from_str::<Value>(&body).unwrap()["tickets"].as_array().unwrap().clone(), body)
    };
    let (plain, text) = tickets(json!({})).await;
    assert!(text.contains("\"1900-01-01T00:00:00\"") && !text.contains("0001-01-01"));
    assert!(!plain[0]["last_update"].as_str().unwrap().ends_with('Z'));

    let (_, text) = tickets(json!({"sentinel_mixed": true})).await;
    for sentinel in ["1900-01-01", "0001-01-01", "1899-12-30", "1970-01-01"] {
        assert!(text.contains(sentinel), "{sentinel}");
    }
    let (rows, _) = tickets(json!({"sentinel_mixed": false, "zulu_times": true})).await;
    assert_eq!(rows[0]["last_update"], format!("{}Z", plain[0]["last_update"].as_str().unwrap()));
    let (rows, _) = tickets(json!({"zulu_times": false, "decimal_ids": true})).await;
    assert!(rows[0]["id"].is_f64() && rows[0]["client_id"].is_f64());
    let (rows, _) = tickets(json!({"decimal_ids": false, "numbers_as_text": {"fields": ["status_id"]}})).await;
    assert!(rows[0]["status_id"].is_string() && rows[0]["client_id"].is_i64());
    let (rows, _) =
        tickets(json!({"numbers_as_text": false, "absent_fields": {"fields": ["summary"], "every": 2}})).await;
    assert!(rows.iter().all(|row| row.get("summary").is_some() == (row["id"].as_i64().unwrap() % 2 != 0)));
    let (rows, _) = tickets(json!({"absent_fields": false, "retyped_field": {"field": "estimate", "every": 3}})).await;
    assert!(rows.iter().all(|row| row["estimate"].is_string() == (row["id"].as_i64().unwrap() % 3 == 0)));
    let (rows, _) = tickets(json!({"retyped_field": false, "negative_contract": true})).await;
    assert!(rows.iter().any(|row| row["contract_id"].as_i64().unwrap() < 0));

    bench.traps(json!({"negative_contract": false, "midnight_east": true})).await;
    let dates: Vec<_> =
        bench.rows("Invoice").await.iter().map(|row| row["invoice_date"].as_str().unwrap()[11..].to_owned()).collect();
    assert!(dates.iter().any(|time| time == "23:00:00") && dates.iter().any(|time| time == "00:00:00"));
    bench.traps(json!({"midnight_east": false})).await;
    assert_eq!(bench.rows("Tickets").await, plain, "nothing stays behind");
}

#[tokio::test]
async fn fields_appear_later_and_the_older_version_has_fewer() {
    let bench = start().await;
    bench.traps(json!({"plain_field_later": {"entity": "Client", "name": "brand_new", "after_requests": 1}})).await;
    let seen = [bench.rows("Client").await, bench.rows("Client").await];
    assert_eq!(seen.map(|rows| rows[0].get("brand_new").is_some()), [false, true]);

    bench.traps(json!({"plain_field_later": false, "custom_field_later": {"after_requests": 0}})).await;
    let names = async |path: &str| {
        let row = bench.rows(path).await.remove(0);
        row.get("customfields").map(|fields| fields.as_array().unwrap().len())
    };
    let with = names("Tickets?include_custom_fields=1,2,3").await.unwrap();
    bench.traps(json!({"custom_field_later": false})).await;
    assert!(with > names("Tickets?include_custom_fields=1,2,3").await.unwrap());

    bench.traps(json!({"older_version": true})).await;
    assert_eq!(names("Tickets?include_custom_fields=1,2,3").await, None);
    assert!(bench.rows("Tickets?count=1").await[0].get("team_id").is_none());
    assert_eq!(bench.status("Feed").await, 404);
    assert!(!bench.rows("Invoice?datesearch=last_modified&start_date=2099-01-01").await.is_empty());
}

#[tokio::test]
async fn stamps_can_lag_behind_the_change() {
    let bench = start().await;
    bench.traps(json!({"stamps_lag": {"milliseconds": 60_000}})).await;
    bench.advance(3_000.0).await;
    bench.control(Method::POST, "mutate", &json!({"seed": 3, "count": 40})).await;
    let changed = bench.rows("Tickets?lastupdatefromdate=2026-11-24T17:30:00").await;
    assert!(!ids_of(&changed).is_empty());
    let (low, high) = ("2026-11-24T17:49:00", "2026-11-24T17:50:00");
    for row in &changed {
        let stamp = row["last_update"].as_str().unwrap();
        // Changes of one moment get stamps a millisecond apart.
        assert!(stamp >= low && stamp[..19] <= *high, "{stamp}");
    }
    assert!(changed.iter().any(|row| row["last_update"].as_str().unwrap() < high), "some lag");
}
