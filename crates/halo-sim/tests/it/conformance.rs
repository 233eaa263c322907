//! Names and types of fields against HaloPSA's own OpenAPI file, where that file is at hand.
//!
//! It is not part of this repository (see `docs/halo-facts.md`), so without it nothing is checked here.

use std::path::Path;

use serde_json::Value;

use crate::bench::{Bench, start};

/// Where the file lies beside a checkout that has it.
const FILE: &str = "../shared/halo/openapi.json";

const TICKETS: &str = "Tickets?includestatus=true&includeagent=true&includetickettype=true&includetimetaken=true\
    &includeslatimer=true&includelastaction=true&include_custom_fields=1";

/// Each entity with the file's name for its records, and the list that shows the most of it.
const SCHEMAS: &[(&str, &str, &str)] = &[
    ("Tickets", "Faults", TICKETS),
    ("Projects", "Faults", "Projects"),
    ("Opportunities", "Faults", "Opportunities"),
    ("Actions", "Actions", "Actions?includehtmlnote=true&includehtmlemail=true"),
    ("Client", "Area", "Client?includeinactive=true"),
    ("Site", "Site", "Site?includeinactive=true&includeaddress=true"),
    ("Users", "Users", "Users?includeinactive=true"),
    ("Agent", "Uname", "Agent?includedisabled=true&includeunassigned=true&includeapiagents=true"),
    ("Team", "SectionDetail", "Team"),
    ("TicketType", "RequestType", "TicketType?showinactive=true"),
    ("Status", "TStatus", "Status"),
    ("Priority", "Policy", "Priority"),
    ("SLA", "SlaHead", "SLA?showpriorities=true"),
    ("Workday", "Workdays", "Workday"),
    ("Holiday", "Holidays", "Holiday"),
    ("Category", "CategoryDetail", "Category"),
    ("Outcome", "TOutcome", "Outcome"),
    ("Lookup", "Lookup", "Lookup?lookupid=17"),
    ("Invoice", "InvoiceHeader", "Invoice?includelines=true"),
    ("TimesheetEvent", "TimesheetEvent", "TimesheetEvent"),
    ("UserChange", "UserChange", "UserChange"),
    ("InvoiceChange", "InvoiceChange", "InvoiceChange"),
    ("RecurringInvoice", "InvoiceHeader", "RecurringInvoice?includelines=true"),
    ("InvoicePayment", "InvoicePayment_List", "InvoicePayment"),
    ("ClientContract", "ContractHeader", "ClientContract?includeinactive=true"),
    ("ContractSchedule", "ContractSchedule", "ContractSchedule"),
    ("ContractSchedulePlan", "ContractSchedulePlan", "ContractSchedulePlan"),
    ("SupplierContract", "Contract", "SupplierContract"),
    ("ClientPrepay", "PrepayHistory", "ClientPrepay"),
    ("ChargeRate", "ChargeRate", "ChargeRate"),
    ("Item", "Item", "Item?includeinactive=true&include_custom_fields=1"),
    ("Supplier", "Company", "Supplier?includeinactive=true"),
    ("Tax", "Tax", "Tax"),
    ("Quotation", "QuotationHeader", "Quotation?includelines=true"),
    ("SalesOrder", "OrderHead", "SalesOrder"),
    ("PurchaseOrder", "SupplierOrderHeader", "PurchaseOrder"),
    ("Asset", "Device", "Asset?includeinactive=true&includeassetfields=true"),
    ("AssetType", "Xtype", "AssetType"),
    ("SoftwareLicence", "Licence_List", "SoftwareLicence?includeinactive=true"),
    ("Appointment", "Appointment", "Appointment?includedeleted=true"),
    ("Timesheet", "Timesheet", "Timesheet"),
    ("Milestone", "MileStone", "Milestone"),
    ("Expense", "Expense", "Expense"),
    ("Feedback", "Feedback", "Feedback"),
    ("KBArticle", "KBEntry", "KBArticle?includeinactive=true"),
    ("CallLog", "CallLog", "CallLog"),
    ("CRMNote", "AreaNote", "CRMNote?client_id=12"),
    ("Report", "AnalyzerProfile", "Report"),
    ("TicketArea", "TicketArea", "TicketArea"),
    ("TopLevel", "Tree", "TopLevel"),
    ("Attachment", "Attachment", "Attachment"),
    ("Audit", "Audit", "Audit"),
];

/// Lists whose rows hang on one ticket.
const OF_A_TICKET: [&str; 3] = ["Actions", "Attachment", "Audit"];

/// Fields that differ from the file of 2024 on purpose, with the source of the difference.
///
/// S3, S7 and S13 are sources of `docs/halo-facts.md`: rows of the file of 2025, rows seen live in 2026, and the
/// file of January 2026.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("Tickets", "guid", "S7: in live rows"),
    ("Tickets", "first_respond_by_date", "S7: in live rows"),
    ("Tickets", "area_inactive", "S7: in live rows"),
    ("Tickets", "team_id", "S13: newer"),
    ("Tickets", "projectcompletionpercentage", "S13: newer"),
    ("Projects", "guid", "as tickets"),
    ("Projects", "first_respond_by_date", "as tickets"),
    ("Projects", "area_inactive", "as tickets"),
    ("Projects", "team_id", "as tickets"),
    ("Projects", "projectcompletionpercentage", "as tickets"),
    ("Opportunities", "guid", "as tickets"),
    ("Opportunities", "first_respond_by_date", "as tickets"),
    ("Opportunities", "area_inactive", "as tickets"),
    ("Opportunities", "team_id", "as tickets"),
    ("Actions", "who", "S8: read by a production sync"),
    ("Client", "is_account", "S3, S7: in rows"),
    ("Holiday", "id", "S7: a whole number in live rows, a GUID in the file"),
    ("TicketType", "active", "S3, S13: in files of 2025 and 2026"),
    ("TicketType", "inactive", "S3, S13: in files of 2025 and 2026"),
    ("TicketType", "colour", "S3, S13: in files of 2025 and 2026"),
    ("Priority", "firstresponsetime", "S3, S7: in rows"),
    ("SLA.priorities", "firstresponsetime", "as Priority"),
    ("Invoice", "amount_remaining", "S13: newer"),
    ("TimesheetEvent", "is_all_day", "S7: in live rows"),
    ("TimesheetEvent", "break_note", "S7: in live rows"),
    ("TimesheetEvent", "charge_type_name", "S7: in live rows"),
    ("Asset", "status", "S3, S7: in rows"),
    ("Asset.fields", "id", "S7: a decimal in live rows"),
];

#[tokio::test]
async fn fields_have_halos_names_and_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(FILE);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("not checked: HaloPSA's OpenAPI file is not at {}", path.display());
        return;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    let bench = start().await;
    let ticket = bench.ids("Tickets?domain=reqs&closed_only=true&count=1").await[0];
    let mut wrong = std::collections::BTreeSet::new();
    for (entity, schema, list) in SCHEMAS.iter().copied() {
        let list = list_of(&bench, entity, list, ticket).await;
        let mut rows = bench.rows(&list).await;
        let first = rows.first().map(|row| row["id"].to_string().replace('"', ""));
        if let Some(id) = first {
            let (status, single) = bench.get(&format!("{entity}/{id}?ticket_id={ticket}")).await;
            assert_eq!(status, 200, "{entity}/{id}");
            rows.push(single);
        } else {
            println!("{entity} has no rows");
        }
        for row in &rows {
            check(&file, entity, schema, row, &mut wrong);
        }
    }
    let mut differ = |(entity, field, _): &&(&str, &str, &str)| !wrong.remove(&format!("{entity} {field}"));
    let unused: Vec<_> = DIFFERENCES.iter().filter(&mut differ).collect();
    assert!(wrong.is_empty(), "fields that HaloPSA's file does not know so: {wrong:#?}");
    assert!(unused.is_empty(), "differences that are none: {unused:?}");
}

/// The list, of a ticket that has such rows where it is a list of one ticket.
async fn list_of(bench: &Bench, entity: &str, list: &str, ticket: i64) -> String {
    if !OF_A_TICKET.contains(&entity) {
        return list.to_owned();
    }
    let truth = if entity == "Actions" { Vec::new() } else { bench.truth(entity).await };
    let some = truth.iter().find(|row| row["deleted"] == false).and_then(|row| row["ticket_id"].as_i64());
    let sign = if list.contains('?') { '&' } else { '?' };
    format!("{list}{sign}ticket_id={}", some.unwrap_or(ticket))
}

/// Collects the fields of a record, and of the records inside it, that the schema does not describe.
fn check(file: &Value, entity: &str, schema: &str, row: &Value, wrong: &mut std::collections::BTreeSet<String>) {
    let properties = &file["components"]["schemas"][schema]["properties"];
    assert!(properties.is_object(), "the file has a schema {schema}");
    for (name, value) in row.as_object().unwrap() {
        let property = &properties[name];
        if property.is_null() || !fits(property, value) {
            wrong.insert(format!("{entity} {name}"));
            continue;
        }
        let inner = property["items"]["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        if let (Some(inner), Some(elements)) = (inner, value.as_array()) {
            for element in elements {
                check(file, &format!("{entity}.{name}"), inner, element, wrong);
            }
        }
    }
}

fn fits(property: &Value, value: &Value) -> bool {
    match (property["type"].as_str(), value) {
        (_, Value::Null) => true,
        // The file leaves open what it holds.
        (None, _) if property["$ref"].is_null() => true,
        (Some("integer"), value) => value.is_i64(),
        (Some("number"), value) => value.is_number(),
        (Some("boolean"), value) => value.is_boolean(),
        (Some("array"), value) => value.is_array(),
        (Some("string"), value) => value.is_string(),
        (_, value) => value.is_object(),
    }
}
