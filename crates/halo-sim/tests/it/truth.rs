//! The truth, what mutations do to it, and that a seed fixes every byte.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::{Bench, options, start, start_with};

/// Each entity with the list that shows all of it that is not deleted.
const LISTS: &[(&str, &str)] = &[
    ("Tickets", "Tickets?domain=reqs&includestatus=true&includeagent=true&includetimetaken=true&includeslatimer=true"),
    ("Projects", "Projects"),
    ("Opportunities", "Opportunities"),
    ("Client", "Client?includeinactive=true"),
    ("Site", "Site?includeinactive=true"),
    ("Users", "Users?includeinactive=true"),
    ("Agent", "Agent?includedisabled=true&includeunassigned=true&includeapiagents=true"),
    ("Team", "Team?includeinactive=true&showinactive=true"),
    ("TicketType", "TicketType?showinactive=true"),
    ("Status", "Status"),
    ("Priority", "Priority?showhidden=true"),
    ("SLA", "SLA"),
    ("Workday", "Workday"),
    ("Holiday", "Holiday"),
    ("Category", "Category"),
    ("Outcome", "Outcome"),
    ("Invoice", "Invoice?includelines=true"),
    ("TimesheetEvent", "TimesheetEvent?start_date=2000-01-01&end_date=2100-01-01"),
    ("Feed", "Feed?count=1000000"),
    ("RecurringInvoice", "RecurringInvoice?includelines=true"),
    ("InvoicePayment", "InvoicePayment"),
    ("ClientContract", "ClientContract?includeinactive=true"),
    ("ContractSchedule", "ContractSchedule"),
    ("ContractSchedulePlan", "ContractSchedulePlan"),
    ("SupplierContract", "SupplierContract?includeinactive=true"),
    ("ClientPrepay", "ClientPrepay"),
    ("ChargeRate", "ChargeRate"),
    ("Item", "Item?includeinactive=true"),
    ("Supplier", "Supplier?includeinactive=true"),
    ("Tax", "Tax"),
    ("Quotation", "Quotation?includelines=true"),
    ("SalesOrder", "SalesOrder"),
    ("PurchaseOrder", "PurchaseOrder"),
    ("Asset", "Asset?includeinactive=true&includeassetfields=true"),
    ("AssetType", "AssetType"),
    ("SoftwareLicence", "SoftwareLicence?includeinactive=true"),
    ("Appointment", "Appointment"),
    ("Timesheet", "Timesheet?start_date=2000-01-01"),
    ("Milestone", "Milestone"),
    ("Expense", "Expense"),
    ("Automation", "Automation"),
    ("Feedback", "Feedback"),
    ("KBArticle", "KBArticle?includeinactive=true"),
    ("CallLog", "CallLog"),
    ("Report", "Report"),
    ("TicketArea", "TicketArea"),
    ("TopLevel", "TopLevel"),
];

fn by_id(rows: Vec<Value>) -> BTreeMap<String, Value> {
    rows.into_iter().map(|row| (row["id"].to_string(), row)).collect()
}

/// Every listed field equals the truth, and the lists hold what is not deleted.
async fn lists_equal_the_truth(bench: &Bench) {
    for (entity, list) in LISTS.iter().copied() {
        let truth = by_id(bench.truth(entity).await);
        let listed = by_id(bench.rows(list).await);
        let alive: Vec<_> = truth.iter().filter(|(_, row)| row["deleted"] == false).map(|(id, _)| id).collect();
        assert!(!alive.is_empty(), "{entity}");
        assert_eq!(listed.keys().collect::<Vec<_>>(), alive, "{entity}");
        for (id, row) in &listed {
            for (name, value) in row.as_object().unwrap() {
                assert_eq!(truth[id].get(name), Some(value), "{entity} {id} {name}");
            }
        }
    }
    for ticket in bench.ids("Tickets?count=5").await {
        let mine = |row: &Value| row["ticket_id"] == ticket && row["deleted"] == false;
        let truth: Vec<Value> = bench.truth("Actions").await.into_iter().filter(mine).collect();
        let listed = by_id(bench.rows(&format!("Actions?ticket_id={ticket}&excludesys=false")).await);
        assert_eq!(listed.len(), truth.len());
        for row in truth {
            assert_eq!(listed[&row["id"].to_string()]["note"], row["note"]);
        }
    }
}

#[tokio::test]
async fn lists_equal_the_truth_before_and_after_mutations() {
    let bench = start().await;
    lists_equal_the_truth(&bench).await;
    for seed in 1..=3 {
        bench.advance(60.0).await;
        bench.control(Method::POST, "mutate", &json!({"seed": seed, "count": 60})).await;
    }
    assert!(bench.truth("Tickets").await.iter().any(|row| row["deleted"] == true));
    lists_equal_the_truth(&bench).await;
}

#[tokio::test]
async fn traps_do_not_bend_the_truth() {
    let bench = start().await;
    let before = bench.truth("Tickets").await;
    let all: Vec<String> = bench
        .control(Method::GET, "traps", &json!({}))
        .await
        .as_array()
        .unwrap()
        .iter()
        .map(|trap| trap["name"].as_str().unwrap().to_owned())
        // These three change the data themselves.
        .filter(|name| !["negative_contract", "plain_field_later", "custom_field_later"].contains(&name.as_str()))
        .collect();
    bench.traps(all.into_iter().map(|name| (name, json!(true))).collect()).await;
    assert_eq!(bench.truth("tickets").await, before);
}

#[tokio::test]
async fn unknown_entities_have_no_truth() {
    let bench = start().await;
    let (status, body) = bench.try_control(Method::GET, "truth/Nope", &json!({})).await;
    assert_eq!(status, 404);
    assert!(body["error"].as_str().unwrap().contains("Tickets"));
    for wrong in [json!({"count": -1}), json!({"seed": "x"}), json!({"count": 2_000_000})] {
        assert_eq!(bench.try_control(Method::POST, "mutate", &wrong).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_seed_fixes_every_byte() {
    let mut bytes = Vec::new();
    for seed in [5, 5, 6] {
        let bench = start_with(halo_sim::Options { seed, ..options() }).await;
        bench.advance(10.0).await;
        let done = bench.control(Method::POST, "mutate", &json!({"seed": 9, "count": 50})).await;
        let mut seen = vec![done.to_string()];
        for (_, list) in LISTS.iter().copied() {
            seen.push(bench.raw(Method::GET, list).await.text().await.unwrap());
        }
        seen.push(bench.token.clone());
        bytes.push(seen);
    }
    assert!(bytes[0] == bytes[1], "the same seed gives the same bytes");
    assert!(bytes[0] != bytes[2], "another seed gives others");
}
