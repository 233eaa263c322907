//! Shapes, pages, orders and filters of lists, and look-ups of single records.

use serde_json::{Value, json};

use crate::bench::{ids_of, rows_of, start};

#[tokio::test]
async fn each_kind_has_its_shape() {
    let bench = start().await;
    let keys = |body: &Value| body.as_object().map(|members| members.keys().cloned().collect::<Vec<_>>());
    for (path, expected) in [
        ("Tickets?pageinate=true", Some(vec!["page_no", "page_size", "record_count", "tickets"])),
        ("tickets", Some(vec!["record_count", "tickets"])),
        ("Projects?pageinate=true", Some(vec!["page_no", "page_size", "record_count", "tickets"])),
        ("Opportunities", Some(vec!["record_count", "tickets"])),
        ("Actions?pageinate=true", Some(vec!["actions", "record_count"])),
        ("Client", Some(vec!["clients", "record_count"])),
        ("Site", Some(vec!["record_count", "sites"])),
        ("USERS", Some(vec!["record_count", "users"])),
        ("Invoice", Some(vec!["invoices", "record_count"])),
        ("Agent", None),
        ("Agent?pageinate=true", Some(vec!["page_no", "page_size", "record_count", "results"])),
        ("Team?pageinate=true", None),
        ("TicketType", None),
        ("Status", None),
        ("Priority", None),
        ("SLA", None),
        ("Workday", None),
        ("Holiday", None),
        ("Category", None),
        ("TimesheetEvent?count=1", None),
    ] {
        let (status, body) = bench.get(path).await;
        assert_eq!(status, 200, "{path}");
        let mut seen = keys(&body);
        if let Some(seen) = &mut seen {
            seen.sort();
        }
        assert_eq!(seen, expected.map(|keys| keys.iter().map(|key| (*key).to_owned()).collect()), "{path}");
        assert_eq!(seen.is_none(), body.is_array(), "{path}");
    }
}

#[tokio::test]
async fn pages_hold_every_row_once_and_the_last_one_repeats() {
    let bench = start().await;
    let (_, whole) = bench.get("Tickets").await;
    let expected = ids_of(&rows_of(&whole));
    let total = whole["record_count"].as_u64().unwrap();
    assert_eq!(expected.len() as u64, total);
    let (mut seen, mut pages) = (Vec::new(), 0);
    while (seen.len() as u64) < total {
        pages += 1;
        let (_, page) = bench.get(&format!("Tickets?pageinate=true&page_size=500&page_no={pages}")).await;
        assert_eq!((&page["page_no"], &page["page_size"]), (&json!(pages), &json!(100)), "capped");
        assert_eq!(page["record_count"], json!(total));
        seen.extend(ids_of(&rows_of(&page)));
    }
    assert_eq!(seen, expected);
    let last = bench.ids(&format!("Tickets?pageinate=true&page_size=100&page_no={pages}")).await;
    let beyond = bench.ids(&format!("Tickets?pageinate=true&page_size=100&page_no={}", pages + 7)).await;
    assert_eq!(last, beyond);
    assert_eq!(bench.rows("Tickets?pageinate=true&page_size=x&page_no=0").await.len(), 50, "the default");
    assert!(bench.rows("Users?pageinate=true&page_size=500&includeinactive=true").await.len() > 100, "no cap");
    assert_eq!(bench.rows("Tickets?count=3").await.len(), 3);
}

#[tokio::test]
async fn orders_go_down_only_for_the_word_true() {
    let bench = start().await;
    let up = bench.ids("Tickets?order=id").await;
    assert!(up.is_sorted());
    assert_eq!(bench.ids("Tickets?order=id&orderdesc=1").await, up, "`1` is read as false");
    let down: Vec<i64> = up.iter().rev().copied().collect();
    assert_eq!(bench.ids("Tickets?order=id&orderdesc=true").await, down);
    assert_eq!(bench.ids("Tickets").await, down, "newest first");
    let rows = bench.rows("Tickets?order=client_name&order2=last_update&orderdesc2=true").await;
    let keys: Vec<_> = rows
        .iter()
        .map(|row| (row["client_name"].as_str().unwrap().to_lowercase(), row["last_update"].as_str().unwrap()))
        .collect();
    for pair in keys.windows(2) {
        assert!(pair[0].0 < pair[1].0 || pair[0].0 == pair[1].0 && pair[0].1 >= pair[1].1, "{pair:?}");
    }
}

#[tokio::test]
async fn filters_keep_what_they_say_and_unknown_ones_are_ignored() {
    let bench = start().await;
    let all = bench.ids("Tickets?order=id").await;
    assert_eq!(bench.ids("Tickets?order=id&no_such_thing=7").await, all);
    let (_, future) = bench.get("Tickets?lastupdatefromdate=2099-01-01T00:00:00").await;
    assert_eq!(future, json!({"record_count": 0, "tickets": []}));
    let since = "2026-06-01T00:00:00";
    let changed = bench.rows(&format!("Tickets?lastupdatefromdate={since}Z")).await;
    assert!(!changed.is_empty() && changed.len() < all.len());
    assert!(changed.iter().all(|row| row["last_update"].as_str().unwrap() >= since));
    let sums = ["reqs", "prjs", "opps"].map(|domain| format!("Tickets?domain={domain}"));
    let mut parts = 0;
    for path in &sums {
        parts += bench.rows(path).await.len();
    }
    assert_eq!(parts, all.len());
    assert_eq!(bench.ids("Invoice?start_date=2099-01-01&datesearch=last_modified").await, Vec::<i64>::new());
}

#[tokio::test]
async fn switches_add_fields_or_take_all_but_the_id() {
    let bench = start().await;
    let plain = &bench.rows("Tickets?count=1").await[0];
    let full = &bench.rows("Tickets?count=1&includestatus=true&includeagent=true&includetimetaken=true").await[0];
    for field in ["status_name", "agent_name", "timetaken"] {
        assert!(plain.get(field).is_none() && full.get(field).is_some(), "{field}");
    }
    let (_, ids) = bench.get("Tickets?ticketidonly=true&pageinate=true&page_size=2").await;
    assert!(ids.get("page_no").is_none() && rows_of(&ids).len() > 100);
    assert!(rows_of(&ids).iter().all(|row| row.as_object().unwrap().len() == 1));
    assert_eq!(bench.rows("Client?idonly=true").await[0].as_object().unwrap().len(), 1);
    let (_, columns) = bench.get("Tickets?pageinate=true&includecolumns=true").await;
    assert!(columns["columns_id"].is_i64() && columns["columns"].is_array() && columns["tickets"].is_array());
}

#[tokio::test]
async fn look_ups_answer_a_record_or_one_of_the_known_errors() {
    let bench = start().await;
    let id = bench.ids("Tickets?count=1").await[0];
    let (_, ticket) = bench.get(&format!("tickets/{id}?includedetails=true")).await;
    assert_eq!(ticket["id"], json!(id));
    assert!(ticket.get("details_html").is_some() && ticket.get("customfields").is_some());
    for (path, status, body) in [
        ("Tickets/99999999", 404, Value::Null),
        ("Tickets/abc", 400, json!({"id": ["The value 'abc' is not valid."]})),
        ("Users/me", 404, Value::Null),
        ("Contract", 404, Value::Null),
        ("Project", 404, Value::Null),
        ("Opportunity", 404, Value::Null),
        ("Client/me", 401, Value::Null),
        ("TimesheetEvent/mine", 403, Value::Null),
        ("Invoice/lines", 400, json!("Parameter client_id must be included")),
    ] {
        assert_eq!(bench.get(path).await, (status.try_into().unwrap(), body), "{path}");
    }
    let (_, me) = bench.get("Agent/me").await;
    assert!(me["claims"][0]["type"].is_string() && me["claims"][0]["value"].is_string() && me["isapiagent"] == true);
    let client = bench.rows("Invoice?count=1").await[0]["client_id"].clone();
    assert!(!bench.rows(&format!("Invoice/lines?client_id={client}")).await.is_empty());
}

#[tokio::test]
async fn outside_the_api_is_a_login_page() {
    let bench = start().await;
    for path in ["", "login", "Tickets", "auth/authorize"] {
        let response = bench.http.get(format!("{}/{path}", bench.running.base_url())).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8", "{path}");
        assert!(response.text().await.unwrap().starts_with("<!DOCTYPE html>"));
    }
}
