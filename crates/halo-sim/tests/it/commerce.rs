//! Lists beyond tickets, clients and invoices: shapes, filters, switches, rights.

use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::{Bench, ids_of, rows_of, start};

const PAGED: [(&str, &str); 18] = [
    ("Asset", "assets"),
    ("ClientContract", "contracts"),
    ("SupplierContract", "contracts"),
    ("RecurringInvoice", "invoices"),
    ("InvoicePayment", "payments"),
    ("Item", "items"),
    ("Supplier", "suppliers"),
    ("Quotation", "quotes"),
    ("SalesOrder", "salesorders"),
    ("PurchaseOrder", "purchaseorders"),
    ("ClientPrepay", "prepay"),
    ("Appointment", "appointments"),
    ("Report", "reports"),
    ("KBArticle", "articles"),
    ("Attachment", "attachments"),
    ("Audit", "audit"),
    ("Automation", "automations"),
    ("SoftwareLicence", "licences"),
];
const UNPAGED: [(&str, &str); 5] =
    [("TopLevel", "tree"), ("CRMNote", "actions"), ("Expense", "data"), ("Milestone", "data"), ("CallLog", "calllog")];
const BARE: [&str; 8] = [
    "ContractSchedule",
    "ContractSchedulePlan",
    "ChargeRate",
    "Timesheet",
    "Feedback",
    "TicketArea",
    "Tax",
    "AssetType",
];

#[tokio::test]
async fn each_kind_has_its_shape_and_key() {
    let bench = start().await;
    let members = |body: &Value| body.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for (path, key) in PAGED {
        let (status, body) = bench.get(&format!("{path}?pageinate=true&page_size=3")).await;
        assert_eq!(status, 200, "{path}");
        let mut expected = ["page_no", "page_size", "record_count", key];
        expected.sort_unstable();
        assert_eq!(members(&body), expected, "{path}");
        assert!(rows_of(&body).len() <= 3, "{path}");
        assert!(bench.get(path).await.1.get("page_no").is_none(), "{path}");
    }
    for (path, key) in UNPAGED {
        let (_, body) = bench.get(&format!("{path}?pageinate=true&page_size=3")).await;
        let mut expected = ["record_count", key];
        expected.sort_unstable();
        assert_eq!(members(&body), expected, "{path}");
    }
    for path in BARE {
        assert!(bench.get(&format!("{path}?pageinate=true&page_size=3")).await.1.is_array(), "{path}");
    }
}

#[tokio::test]
async fn assets_have_a_change_filter_and_default_ones_negative_ids() {
    let bench = start().await;
    let all = bench.ids("Asset?includeinactive=true&idonly=true").await;
    assert!(all.is_sorted() && all[0] < 0 && all.len() > 100);
    assert!(bench.ids("Asset?lastupdatefromdate=2099-01-01").await.is_empty());
    let since = "2026-06-01T00:00:00";
    let changed = bench.ids(&format!("Asset?includeinactive=true&lastupdatefromdate={since}")).await;
    let before = bench.ids(&format!("Asset?includeinactive=true&lastupdatetodate={since}")).await;
    assert!(!changed.is_empty() && !before.is_empty() && changed.len() + before.len() == all.len());
    let single = bench.get(&format!("Asset/{}", changed[0])).await.1;
    assert!(single["last_modified"].as_str().unwrap() >= since);
    let field = &bench.rows("Asset?count=1&includeassetfields=true").await[0]["fields"][0]["id"];
    assert!(field.is_f64(), "decimal ids of fields: {field}");
    assert!(bench.rows("Asset?count=1").await[0].get("fields").is_none());
}

#[tokio::test]
async fn lists_of_one_record_are_empty_without_it() {
    let bench = start().await;
    for (path, parent, holder) in [
        ("Attachment", "ticket_id", "ticket_id"),
        ("Audit", "ticket_id", "ticket_id"),
        ("CRMNote", "client_id", "client_id"),
    ] {
        assert!(bench.rows(path).await.is_empty(), "{path}");
        let truth = bench.truth(path).await;
        let some = truth.iter().find(|row| row["deleted"] == false).unwrap()[holder].clone();
        let mine = |row: &&Value| row[holder] == some && row["deleted"] == false;
        let expected: Vec<Value> = truth.iter().filter(mine).cloned().collect();
        let mut seen = ids_of(&bench.rows(&format!("{path}?{parent}={some}")).await);
        seen.sort_unstable();
        assert_eq!(seen, ids_of(&expected), "{path}");
    }
    let ticket = bench.truth("Attachment").await.remove(0)["ticket_id"].clone();
    let files = bench.rows(&format!("Attachment?ticket_id={ticket}")).await.len();
    let listed = bench.rows(&format!("Tickets?ticketids={ticket}")).await;
    assert_eq!(listed[0]["attachment_count"], json!(files));
}

#[tokio::test]
async fn appointments_are_cut_by_their_time_and_show_deleted_ones_when_asked() {
    let bench = start().await;
    let all = bench.rows("Appointment?includedeleted=true").await;
    let alive = bench.rows("Appointment").await;
    let deleted = bench.truth("Appointment").await.iter().filter(|row| row["deleted"] == true).count();
    assert_eq!(all.len() - alive.len(), deleted);
    let mut starts: Vec<&str> = alive.iter().map(|row| row["start_date"].as_str().unwrap()).collect();
    starts.sort_unstable();
    let middle = starts[starts.len() / 2];
    let later = bench.rows(&format!("Appointment?start_date={middle}")).await;
    let earlier = bench.rows(&format!("Appointment?end_date={middle}")).await;
    assert!(later.len() < alive.len() && earlier.len() < alive.len() && later.len() + earlier.len() > alive.len());
    assert!(later.iter().all(|row| row["end_date"].as_str().unwrap() >= middle));
    assert!(earlier.iter().all(|row| row["start_date"].as_str().unwrap() <= middle));
    assert!(bench.rows("Appointment?start_date=2099-01-01").await.is_empty());
}

#[tokio::test]
async fn the_timesheet_shows_two_weeks_of_every_agent_unasked() {
    let bench = start().await;
    let rows = bench.rows("Timesheet").await;
    let agents: std::collections::BTreeSet<i64> = rows.iter().map(|row| row["agent_id"].as_i64().unwrap()).collect();
    assert_eq!(rows.len(), 14 * agents.len());
    assert!(rows.iter().all(|row| row["date"].as_str().unwrap() >= "2026-11-11"));
    assert!(rows.iter().any(|row| row["target_hours"] == json!(7.5)));
    let week = bench.rows("Timesheet?start_date=2026-03-02&end_date=2026-03-08").await;
    let worked: f64 = week.iter().map(|row| row["work_hours"].as_f64().unwrap()).sum();
    let events = bench.rows("TimesheetEvent?start_date=2026-03-02&end_date=2026-03-08").await;
    let entries = events.iter().filter(|row| row["break_type"] != 1);
    let expected: f64 = entries.map(|row| row["timetaken"].as_f64().unwrap()).sum();
    assert!((worked - expected).abs() < 0.01 && worked > 0.0, "{worked} and {expected} hours");
    assert_eq!(bench.status("Timesheet/mine").await, 403);
}

#[tokio::test]
async fn inactive_rows_come_only_when_asked() {
    let bench = start().await;
    for path in ["ClientContract", "Item", "Supplier", "KBArticle"] {
        let (some, all) =
            (bench.rows(path).await.len(), bench.rows(&format!("{path}?includeinactive=true")).await.len());
        assert!(0 < some && some < all, "{path}: {some} of {all}");
    }
}

#[tokio::test]
async fn lines_come_with_their_switch_or_with_the_single_record() {
    let bench = start().await;
    for path in ["Quotation", "RecurringInvoice"] {
        assert!(bench.rows(&format!("{path}?count=1")).await[0].get("lines").is_none(), "{path}");
        assert!(bench.rows(&format!("{path}?count=1&includelines=true")).await[0]["lines"].is_array(), "{path}");
    }
    for path in ["SalesOrder", "PurchaseOrder"] {
        let row = bench.rows(&format!("{path}?count=1&includelines=true")).await.remove(0);
        assert!(row.get("lines").is_none(), "{path}: no list knows this switch");
        let (_, single) = bench.get(&format!("{path}/{}", row["id"])).await;
        let lines = single["lines"].as_array().unwrap();
        let net: f64 = lines.iter().map(|line| line["net_total"].as_f64().unwrap()).sum();
        let total = single["total"].as_f64().unwrap() - single["tax_total"].as_f64().unwrap();
        assert!(!lines.is_empty() && (net - total).abs() < 0.01, "{path}");
    }
    let client = bench.rows("ClientContract?count=1").await[0]["client_id"].clone();
    let (_, some) = bench.get(&format!("RecurringInvoice/lines?client_id={client}")).await;
    let (_, all) = bench.get("RecurringInvoice/lines").await;
    assert!(rows_of(&some).len() < rows_of(&all).len() && !rows_of(&some).is_empty());
}

#[tokio::test]
async fn feedback_is_the_whole_table_and_hangs_on_closed_tickets() {
    let bench = start().await;
    bench.control(Method::POST, "mutate", &json!({"seed": 3, "count": 400})).await;
    let rows = bench.rows("Feedback?count=1&page_size=1").await;
    assert!(rows.len() > 5, "{}", rows.len());
    for row in &rows {
        let (status, ticket) = bench.get(&format!("Tickets/{}", row["ticket_id"])).await;
        assert_eq!((status.as_u16(), &ticket["satisfactionlevel"]), (200, &row["score"]));
        assert_eq!(&bench.get(&format!("Feedback/{}", row["id"])).await.1, row);
    }
}

async fn refused(bench: &Bench, path: &str) -> Vec<u16> {
    let id = bench.rows(path).await[0]["id"].clone();
    bench.traps(json!({"agent_access": {"contracts": "none", "assets": "none"}})).await;
    let answers = vec![bench.status(path).await, bench.status(&format!("{path}/{id}")).await];
    bench.traps(json!({"agent_access": false})).await;
    answers
}

#[tokio::test]
async fn rights_scopes_and_clients_bound_the_new_kinds_too() {
    let mut bench = start().await;
    assert_eq!(refused(&bench, "Asset").await, [403, 403]);
    assert_eq!(refused(&bench, "ClientContract").await, [403, 401], "a single contract is refused otherwise");
    bench.traps(json!({"agent_clients": {"ids": [13]}})).await;
    for path in ["Asset", "ClientContract", "RecurringInvoice", "InvoicePayment", "SoftwareLicence"] {
        let rows = bench.rows(&format!("{path}?includeinactive=true")).await;
        assert!(!rows.is_empty() && rows.iter().all(|row| row["client_id"] == 13), "{path}");
    }
    bench.traps(json!({"agent_clients": false})).await;
    bench.log_in("read:assets read:quotes").await;
    for (path, expected) in [("Asset", 200), ("Quotation", 200), ("Tax", 200), ("SalesOrder", 401), ("Feedback", 401)] {
        assert_eq!(bench.status(path).await, expected, "{path}");
    }
}
