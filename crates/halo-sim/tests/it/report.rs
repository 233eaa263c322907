//! SQL through `POST /Report`: the call, its refusals and traps, and that rows are those of the REST API.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bench::{Bench, start};

impl Bench {
    pub(crate) async fn report(&self, sql: &str) -> (StatusCode, Value) {
        self.post("Report", &json!([{"_loadreportonly": true, "_testonly": true, "sql": sql}])).await
    }

    /// The rows of SQL that must be good.
    pub(crate) async fn sql(&self, sql: &str) -> Vec<Value> {
        let (status, body) = self.report(sql).await;
        assert_eq!(status, 200, "{sql}");
        let Some(rows) = body["rows"].as_array() else { panic!("{sql}: {body}") };
        rows.clone()
    }

    /// Tickets, projects and opportunities, which are one table for SQL.
    pub(crate) async fn faults(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for kind in ["Tickets", "Projects", "Opportunities"] {
            all.extend(self.truth(kind).await);
        }
        all.sort_by_key(|row| row["id"].as_i64());
        all
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(crate) fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no whole number"))
}

pub(crate) fn live(row: &&Value) -> bool {
    row["deleted"] == false && row["merged_into_id"] == 0
}

/// A database has no date where the API has a sentinel.
fn or_null(value: &Value) -> Value {
    if value.as_str().is_some_and(|text| text.starts_with("1900-")) { Value::Null } else { value.clone() }
}

#[tokio::test]
async fn the_answer_has_columns_and_rows() {
    let bench = start().await;
    let (status, body) = bench.report("SELECT TOP 2 Faultid AS id, Symptom FROM FAULTS ORDER BY Faultid").await;
    assert_eq!((status.as_u16(), &body["available_columns"]), (200, &json!([{"name": "id"}, {"name": "Symptom"}])));
    assert_eq!(body["rows"].as_array().unwrap().len(), 2);
    assert_eq!((&body["report"]["load_error"], &body["report"]["loaded"]), (&Value::Null, &json!(true)));
    let first = bench.faults().await.remove(0);
    assert_eq!(body["rows"][0], json!({"id": first["id"], "Symptom": first["summary"]}));
    let (_, body) = bench.report("SELECT Faultid FROM FAULTS WHERE 1 = 0").await;
    assert_eq!((&body["rows"], &body["availablefields"]), (&json!([]), &json!(["Faultid"])));
    let (status, body) = bench.report("SELECT nope FROM FAULTS").await;
    assert_eq!((status.as_u16(), &body["report"]["load_error"]), (200, &json!("Invalid column name 'nope'.")));
    assert!(body.get("rows").is_none());
}

#[tokio::test]
async fn saved_reports_are_run_on_demand() {
    let bench = start().await;
    let reports = bench.rows("Report").await;
    assert!(reports.len() > 3);
    for report in &reports {
        let path = format!("Report/{}", report["id"]);
        let (_, shown) = bench.get(&path).await;
        assert!(shown["sql"].is_string() && shown.get("report").is_none(), "{shown}");
        let (status, run) = bench.get(&format!("{path}?loadreport=true")).await;
        assert_eq!((status.as_u16(), &run["name"], &run["report"]["load_error"]), (200, &report["name"], &Value::Null));
        assert_eq!(run["report"]["rows"], json!(bench.sql(shown["sql"].as_str().unwrap()).await), "{run}");
        assert!(!run["report"]["rows"].as_array().unwrap().is_empty() && run.get("rows").is_none(), "{run}");
    }
    assert_eq!(bench.status("Report/9999?loadreport=true").await, 404);
}

#[tokio::test]
async fn wrong_requests_get_the_known_errors() {
    let mut bench = start().await;
    for (body, expected) in [
        (json!({"sql": "SELECT 1 AS x"}), 400),
        (json!([]), 400),
        (json!([{"_loadreportonly": true}]), 400),
        (json!([{"sql": "SELECT 1 AS x", "anything": [1]}]), 200),
    ] {
        assert_eq!(bench.post("Report", &body).await.0, expected, "{body}");
    }
    let url = format!("{}/Report", bench.running.resource_url());
    let plain = bench.http.post(&url).bearer_auth(&bench.token).header("content-type", "text/plain").body("[]");
    assert_eq!(plain.send().await.unwrap().status(), 415);
    for (scope, expected) in [("all", 200), ("edit:reporting", 200), ("read:reporting", 403), ("read:tickets", 403)] {
        bench.log_in(scope).await;
        assert_eq!(bench.report("SELECT 1 AS x").await.0, expected, "{scope}");
    }
    bench.log_in("all").await;
    bench.traps(json!({"agent_access": {"reporting": "none"}})).await;
    assert_eq!(bench.report("SELECT 1 AS x").await.0, 403);
    bench.token.clear();
    assert_eq!(bench.report("SELECT 1 AS x").await.0, 401);
}

#[tokio::test]
async fn traps_of_the_lane_do_what_they_say() {
    let bench = start().await;
    let count = "SELECT COUNT(*) AS n FROM FAULTS";
    bench.traps(json!({"report_rows_nested": true})).await;
    let (_, body) = bench.report("SELECT 1 AS x").await;
    assert_eq!((body.get("rows"), &body["report"]["rows"]), (None, &json!([{"x": 1}])));
    bench.traps(json!({"report_rows_nested": false, "report_refused": true})).await;
    assert_eq!(bench.report("SELECT 1 AS x").await.0, 403);
    bench.traps(json!({"report_refused": false, "report_gateway_timeout": {"rows": 100}})).await;
    assert_eq!((bench.report(count).await.0.as_u16(), bench.report("SELECT 1 AS x").await.0.as_u16()), (504, 200));
    bench.traps(json!({"report_gateway_timeout": {"rows": 1_000}})).await;
    assert_eq!(bench.report(count).await.0, 200);
    bench.traps(json!({"report_gateway_timeout": false, "report_load_error": {"every": 2}})).await;
    let mut errors = Vec::new();
    for _ in 0..4 {
        let (status, body) = bench.report("SELECT 1 AS x").await;
        assert_eq!(status, 200);
        errors.push(body["report"]["load_error"].is_string());
    }
    assert_eq!(errors, [false, true, false, true]);
    bench.traps(json!({"report_load_error": false, "cut_body": {"every": 1, "entities": ["Report"]}})).await;
    let url = format!("{}/Report", bench.running.resource_url());
    let request = bench.http.post(url).bearer_auth(&bench.token).header("content-type", "application/json");
    assert!(request.body(r#"[{"sql": "SELECT 1 AS x"}]"#).send().await.unwrap().bytes().await.is_err());
    let by_trap = bench.ledger().await["by_trap"].clone();
    assert_eq!(
        by_trap,
        json!({"report_refused": 1, "report_gateway_timeout": 1, "report_load_error": 2, "cut_body": 1})
    );
}

/// FAULTS and ACTIONS hold what the REST API shows, before and after changes.
#[tokio::test]
async fn rows_agree_with_the_rest_api() {
    let bench = start().await;
    for seed in 1..=3 {
        agree(&bench).await;
        bench.advance(90.0).await;
        bench.control(Method::POST, "mutate", &json!({"seed": seed, "count": 80})).await;
    }
    agree(&bench).await;
}

async fn agree(bench: &Bench) {
    let listed = bench
        .rows("Tickets?includestatus=true&includetimetaken=true&includeslatimer=true&include_custom_fields=true")
        .await;
    let sql = "SELECT * FROM FAULTS WHERE FDeleted = 0";
    let table: BTreeMap<i64, Value> =
        bench.sql(sql).await.into_iter().map(|row| (number(&row["Faultid"]), row)).collect();
    assert!(listed.len() > 250);
    assert_eq!(table.keys().copied().collect::<BTreeSet<_>>(), listed.iter().map(|row| number(&row["id"])).collect());
    for ticket in &listed {
        let row = &table[&number(&ticket["id"])];
        for (field, column) in PAIRS {
            let expected = ticket.get(*field).map_or(Value::Null, or_null);
            assert_eq!(row[*column], expected, "{column} of {}", ticket["id"]);
        }
        assert_eq!(row["fhasbeenclosed"], ticket.get("dateclosed").is_some());
        let field = |name: &str| {
            ticket["customfields"].as_array().unwrap().iter().find(|field| field["name"] == name).unwrap()["value"]
                .clone()
        };
        assert_eq!(row["CFRootCause"], field("CFRootCause"));
        assert_eq!(row["CFRemote"].to_string(), text(&field("CFRemote")));
    }
    for ticket in listed.iter().step_by(40) {
        let id = number(&ticket["id"]);
        let actions = bench.rows(&format!("Actions?ticket_id={id}")).await;
        let rows =
            bench.sql(&format!("SELECT TOP 100 * FROM ACTIONS WHERE Faultid = {id} ORDER BY actionnumber DESC")).await;
        assert_eq!(actions.len(), rows.len());
        for (action, row) in actions.iter().zip(&rows) {
            for (field, column) in ACTION_PAIRS {
                assert_eq!(row[*column], or_null(&action[*field]), "{column} of action {} of {id}", action["id"]);
            }
            assert_eq!(number(&row["ActionContractID"]), -number(&action["action_contract_id"]));
        }
    }
}

const PAIRS: &[(&str, &str)] = &[
    ("summary", "Symptom"),
    ("details", "symptom2"),
    ("tickettype_id", "RequestTypeNew"),
    ("status_id", "Status"),
    ("priority_id", "seriousness"),
    ("sla_id", "Slaid"),
    ("client_id", "Areaint"),
    ("site_id", "sitenumber"),
    ("user_id", "userid"),
    ("user_name", "username"),
    ("reportedby", "reportedby"),
    ("agent_id", "Assignedtoint"),
    ("team", "sectio_"),
    ("dateoccurred", "dateoccured"),
    ("last_update", "FLastUpdate"),
    ("lastactiondate", "Flastactiondate"),
    ("dateclosed", "datecleared"),
    ("dateassigned", "dateassigned"),
    ("respondbydate", "FRespondByDate"),
    ("fixbydate", "fixbydate"),
    ("responsedate", "FResponseDate"),
    ("slastate", "Slastate"),
    ("slaresponsestate", "SLAresponseState"),
    ("onhold", "FSLAonhold"),
    ("slatimeelapsed", "Elapsedhrs"),
    ("timetaken", "cleartime"),
    ("category_1", "category2"),
    ("category_2", "category3"),
    ("categoryid_1", "categoryid2"),
    ("parent_id", "fxrefto"),
    ("merged_into_id", "FMergedIntoFaultid"),
    ("contract_id", "fcontractid"),
    ("estimate", "estimate"),
    ("source", "FRequestSource"),
];

const ACTION_PAIRS: &[(&str, &str)] = &[
    ("id", "actionnumber"),
    ("guid", "AGUID"),
    ("datetime", "Whe_"),
    ("outcome", "Actoutcome"),
    ("outcome_id", "actoutcomeid"),
    ("who", "who"),
    ("who_agentid", "whoagentid"),
    ("note", "note"),
    ("timetaken", "timetaken"),
    ("nonbilltime", "nonbilltime"),
    ("actionchargehours", "ActionChargeHours"),
    ("actionchargeamount", "ActionChargeAmount"),
    ("actisbillable", "ActIsBillable"),
    ("hiddenfromuser", "ActionHide"),
    ("old_status", "ActionStatusBefore"),
    ("new_status", "ActionStatusAfter"),
    ("actionarrivaldate", "ActionArrivalDate"),
    ("emaildirection", "EmailDirection"),
];

#[tokio::test]
async fn keyset_slices_hold_every_row_once() {
    let bench = start().await;
    bench.control(Method::POST, "mutate", &json!({"seed": 5, "count": 60})).await;
    let faults = bench.faults().await;
    let (mut seen, mut last) = (Vec::new(), 0);
    loop {
        let sql = format!(
            "SELECT TOP 37 f.Faultid, f.FLastUpdate, f.FDeleted FROM FAULTS f WHERE f.Faultid > {last} \
             AND f.FLastUpdate > '2020-01-01T00:00:00' AND f.FLastUpdate <= '2026-11-24T17:00:00' ORDER BY f.Faultid"
        );
        let slice = bench.sql(&sql).await;
        seen.extend(
            slice.iter().map(|row| (number(&row["Faultid"]), row["FLastUpdate"].clone(), row["FDeleted"].clone())),
        );
        if slice.len() < 37 {
            break;
        }
        last = number(&slice[36]["Faultid"]);
    }
    let due = faults.iter().filter(|row| text(&row["last_update"]).as_str() <= "2026-11-24T17:00:00");
    let truth: Vec<_> =
        due.map(|row| (number(&row["id"]), row["last_update"].clone(), row["deleted"].clone())).collect();
    assert_eq!(seen, truth);

    let (mut seen, mut ticket, mut action) = (Vec::new(), 0, 0);
    loop {
        let sql = format!(
            "SELECT TOP 50 a.Faultid, a.actionnumber, a.Whe_ FROM ACTIONS a WHERE (a.Faultid > {ticket} \
             OR a.Faultid = {ticket} AND a.actionnumber > {action}) ORDER BY a.Faultid, a.actionnumber"
        );
        let slice = bench.sql(&sql).await;
        seen.extend(slice.iter().map(|row| (number(&row["Faultid"]), number(&row["actionnumber"]))));
        let Some(row) = slice.get(49) else { break };
        (ticket, action) = (number(&row["Faultid"]), number(&row["actionnumber"]));
    }
    let gone: BTreeSet<i64> =
        faults.iter().filter(|row| row["deleted"] == true).map(|row| number(&row["id"])).collect();
    let all: Vec<_> =
        bench.truth("Actions").await.iter().map(|row| (number(&row["ticket_id"]), number(&row["id"]))).collect();
    // Actions of deleted tickets are still in the table; those that were deleted themselves are not.
    let live = bench.truth("Actions").await.iter().filter(|row| row["deleted"] == false).count();
    assert!(seen.is_sorted() && seen.len() >= live);
    assert!(seen.iter().all(|key| all.contains(key)));
    assert_eq!(seen.iter().filter(|(ticket, _)| !gone.contains(ticket)).count(), live);
}

#[tokio::test]
async fn others_are_answered_while_a_query_runs() {
    let bench = start().await;
    // Some ten times as much as the others need.
    let slow = "SELECT COUNT(*) AS n FROM ACTIONS a JOIN FAULTS b ON a.timetaken < b.estimate OR a.note > b.Symptom \
                JOIN TSTATUS c ON c.Tstatus > 0 OR a.note > b.Symptom";
    let query = bench.report(slow);
    tokio::pin!(query);
    let others = async {
        assert_eq!(bench.status("Status").await, 200);
        bench.control(Method::POST, "mutate", &json!({"seed": 3, "count": 1})).await;
    };
    tokio::select! {
        answer = &mut query => panic!("others had to wait for the query: {answer:?}"),
        () = others => {}
    }
    let (status, body) = query.await;
    assert_eq!((status.as_u16(), body["rows"].as_array().map(Vec::len)), (200, Some(1)), "{body}");
}
