//! Compares the warehouse with the simulator's truth, field by field. Shares no code with the product.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::desk::Desk;

/// Table, resource and key of each entity that is copied without being asked for.
pub(crate) const ENTITIES: &[(&str, &str, &[&str])] = &[
    ("agents", "Agent", ID),
    ("teams", "Team", ID),
    ("ticket_types", "TicketType", ID),
    ("ticket_areas", "TicketArea", ID),
    ("statuses", "Status", ID),
    ("priorities", "Priority", ID),
    ("slas", "SLA", ID),
    ("workdays", "Workday", ID),
    ("holidays", "Holiday", ID),
    ("categories", "Category", ID),
    ("outcomes", "Outcome", ID),
    ("lookups", "Lookup", &["lookupid", "id"]),
    ("taxes", "Tax", ID),
    ("top_levels", "TopLevel", ID),
    ("clients", "Client", ID),
    ("sites", "Site", ID),
    ("users", "Users", ID),
    ("suppliers", "Supplier", ID),
    ("items", "Item", ID),
    ("contracts", "ClientContract", ID),
    ("contract_schedules", "ContractSchedule", ID),
    ("contract_schedule_plans", "ContractSchedulePlan", ID),
    ("supplier_contracts", "SupplierContract", ID),
    ("charge_rates", "ChargeRate", ID),
    ("client_prepays", "ClientPrepay", ID),
    ("tickets", "Tickets", ID),
    ("projects", "Projects", ID),
    ("opportunities", "Opportunities", ID),
    ("milestones", "Milestone", ID),
    ("feedback", "Feedback", ID),
    ("timesheet_events", "TimesheetEvent", ID),
    ("timesheets", "Timesheet", ID),
    ("appointments", "Appointment", ID),
    ("invoices", "Invoice", ID),
    ("recurring_invoices", "RecurringInvoice", ID),
    ("invoice_payments", "InvoicePayment", ID),
    ("invoice_changes", "InvoiceChange", ID),
    ("assets", "Asset", ID),
    ("software_licences", "SoftwareLicence", ID),
    ("quotations", "Quotation", ID),
    ("sales_orders", "SalesOrder", ID),
    ("purchase_orders", "PurchaseOrder", ID),
    ("kb_articles", "KBArticle", ID),
    ("call_logs", "CallLog", ID),
    ("expenses", "Expense", ID),
    ("reports", "Report", ID),
    ("automations", "Automation", ID),
    ("user_changes", "UserChange", ID),
    ("actions", "Actions", &["ticket_id", "id"]),
];

const ID: &[&str] = &["id"];

/// Rows inside records: their table, the table of the records, and the column that holds the record's id.
const LINES: &[(&str, &str, &str)] = &[
    ("invoice_lines", "invoices", "ihid"),
    ("recurring_invoice_lines", "recurring_invoices", "ihid"),
    ("quotation_lines", "quotations", "qhid"),
];

/// Columns that the simulator, like the HaloPSA it follows, shows in single records and in no list.
const IN_SINGLE_RECORDS: &[(&str, &[&str])] = &[
    ("assets", &["customfields"]),
    ("contracts", &["note", "customfields"]),
    ("supplier_contracts", &["note", "customfields"]),
    ("items", &["description", "lastmodified"]),
    ("suppliers", &["contract_count", "notes", "datecreated", "last_modified", "customfields"]),
    ("quotations", &["customfields"]),
    ("sales_orders", &["customfields"]),
    ("purchase_orders", &["customfields"]),
    ("kb_articles", &["creator_id", "creator_name", "editor_id", "editor_name"]),
    ("reports", &["is_published", "client_id"]),
    ("software_licences", &["notes"]),
];

/// What the report lane does not tell of actions.
const OUTSIDE_LANE: &[&str] = &[
    "action_contract_id",
    "action_contract_ref",
    "attachment_count",
    "customfields",
    "emailfrom",
    "emailsubject",
    "emailto",
    "new_status_name",
    "travel_chargerate",
    "who_type",
];

/// How much is known of actions.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Known {
    /// All was read ticket by ticket.
    All,
    /// The report lane told of them, but for these columns.
    ByLane,
}

/// The list of timesheets shows recent days only. Those that left it were seen last when they were shown, so only rows that it
/// shows now are compared.
const RECENT: &str = "timesheets";

/// Differences of all entities where the report lane is granted; empty when the warehouse is the truth.
pub(crate) async fn differences(desk: &Desk) -> Vec<String> {
    differences_but(desk, &[], Known::ByLane).await
}

/// The same, but columns in `unreadable` may be empty, because the simulator's version does not show them in lists.
pub(crate) async fn differences_but(desk: &Desk, unreadable: &[&str], known: Known) -> Vec<String> {
    let mut found = Vec::new();
    let mut here = stored(desk).await;
    for (table, path, keys) in ENTITIES {
        let mut truth = truth(desk, path, keys).await;
        let rows = here.remove(*table).unwrap_or_default();
        let mut rows: BTreeMap<String, Value> = rows.into_iter().map(|row| (name(&row, keys), row)).collect();
        let in_single = match *table {
            "actions" if known == Known::ByLane => OUTSIDE_LANE,
            _ => IN_SINGLE_RECORDS.iter().find(|(name, _)| name == table).map_or(&[][..], |(_, names)| names),
        };
        if *table == RECENT {
            let first = truth.values().map(day).max().map_or(0, |last| last - 3);
            truth.retain(|_, record| day(record) >= first);
            rows.retain(|id, _| truth.contains_key(id));
        }
        let missing: Vec<&String> = truth.keys().filter(|id| !rows.contains_key(*id)).collect();
        let ghosts: Vec<&String> = rows.keys().filter(|id| !truth.contains_key(*id)).collect();
        if !missing.is_empty() || !ghosts.is_empty() {
            found.push(format!("{table}: missing {}, ghosts {}", some(&missing), some(&ghosts)));
        }
        let mut wrong: BTreeMap<&str, (u32, String)> = BTreeMap::new();
        for (id, row) in &rows {
            let Some(record) = truth.get(id) else { continue };
            for (column, value) in row.as_object().unwrap() {
                let expected = record.get(column).unwrap_or(&Value::Null);
                let unreadable = unreadable.contains(&column.as_str()) || in_single.contains(&column.as_str());
                let unreadable = unreadable && value.is_null();
                if !column.starts_with('_') && column != "deleted_at" && !unreadable && !same(expected, value) {
                    let example = || format!("{id} has {value}, should be {expected}");
                    wrong.entry(column).or_insert_with(|| (0, example())).0 += 1;
                }
            }
        }
        found.extend(
            wrong.iter().map(|(column, (count, example))| format!("{table}.{column}: {count} wrong, {example}")),
        );
        if let Some((lines_table, _, parent)) = LINES.iter().find(|(_, records, _)| records == table) {
            found.extend(lines(lines_table, parent, here.remove(*lines_table).unwrap_or_default(), &truth));
        }
    }
    found.truncate(20);
    found
}

/// Tables with more than one row of a key, deleted rows included.
pub(crate) async fn duplicates(desk: &Desk) -> Vec<String> {
    let records = ENTITIES.iter().map(|(table, _, keys)| (*table, keys.join(", ")));
    let lines = LINES.iter().map(|(table, _, parent)| (*table, format!("{parent}, id")));
    let questions = records.chain(lines).map(|(table, keys)| {
        format!(
            "(select '{table}: ' || {keys_text} as twice from halo.{table} group by {keys} having count(*) > 1)",
            keys_text = keys.replace(", ", " || '/' || ")
        )
    });
    let rows = desk.query(&questions.collect::<Vec<_>>().join(" union all ")).await;
    rows.iter().map(|row| row["twice"].as_str().unwrap().to_owned()).collect()
}

/// The first ones, and how many there are.
fn some(ids: &[&String]) -> String {
    format!("{} {:?}", ids.len(), &ids[..ids.len().min(12)])
}

/// Live records by their key.
pub(crate) async fn truth(desk: &Desk, path: &str, keys: &[&str]) -> BTreeMap<String, Map<String, Value>> {
    let text = desk.get(&format!("truth/{path}")).await;
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let alive = records.filter(|record| record["deleted"] != Value::Bool(true));
    alive.map(|record| (name(&record, keys), record.as_object().unwrap().clone())).collect()
}

fn name(record: &Value, keys: &[&str]) -> String {
    keys.iter().map(|part| key(&record[*part])).collect::<Vec<_>>().join("/")
}

/// The day of a timesheet, counted from 1970.
fn day(record: &Map<String, Value>) -> i64 {
    let date: jiff::civil::DateTime = record["date"].as_str().unwrap().trim_end_matches('Z').parse().unwrap();
    date.date().since(jiff::civil::date(1970, 1, 1)).unwrap().get_days().into()
}

/// Live rows of all tables, with one query.
async fn stored(desk: &Desk) -> BTreeMap<String, Vec<Value>> {
    let tables = ENTITIES.iter().map(|(table, ..)| *table).chain(LINES.iter().map(|(table, ..)| *table));
    let questions = tables.map(|table| {
        format!("select '{table}' as name, to_json(t) as record from halo.{table} t where deleted_at is null")
    });
    let sql = questions.collect::<Vec<_>>().join(" union all ");
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for mut row in desk.query(&sql).await {
        found.entry(row["name"].as_str().unwrap().to_owned()).or_default().push(row["record"].take());
    }
    found
}

fn lines(table: &str, parent: &str, rows: Vec<Value>, records: &BTreeMap<String, Map<String, Value>>) -> Vec<String> {
    let mut rows: BTreeMap<(String, String), Value> =
        rows.into_iter().map(|row| ((key(&row[parent]), key(&row["id"])), row)).collect();
    let mut found = Vec::new();
    for (id, record) in records {
        for line in record["lines"].as_array().unwrap() {
            let Some(row) = rows.remove(&(id.clone(), key(&line["id"]))) else {
                found.push(format!("{table}: {id}/{} is missing", line["id"]));
                continue;
            };
            for (column, value) in row.as_object().unwrap() {
                let expected = line.get(column).unwrap_or(&Value::Null);
                if !column.starts_with('_') && column != parent && column != "deleted_at" && !same(expected, value) {
                    found.push(format!("{table} {id}: {column} is {value}, should be {expected}"));
                }
            }
        }
    }
    found.extend(rows.keys().map(|key| format!("{table}: {key:?} is left over")));
    found
}

/// Ids as text: `12`, `12.0` and `"12"` are one.
fn key(id: &Value) -> String {
    match id {
        Value::Number(number) => format!("{}", number.as_f64().unwrap()),
        Value::String(text) => text.parse::<f64>().map_or_else(|_| text.clone(), |number| format!("{number}")),
        other => panic!("{other} is no id"),
    }
}

/// Whether a value of the warehouse is what HaloPSA holds: numbers by value, moments by instant, sentinels as none.
fn same(expected: &Value, value: &Value) -> bool {
    match (expected, value) {
        (Value::Null, Value::Null) => true,
        // Where there are no custom fields, none are asked for.
        (Value::Array(fields), Value::Null) => fields.is_empty(),
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        // A number that was written as text, or text in a column of numbers, which cannot be kept.
        (Value::String(text), Value::Number(right)) => text.parse::<f64>().ok() == right.as_f64(),
        // A field outside the profile that came as text first.
        (Value::Number(left), Value::String(text)) => text.parse::<f64>().ok() == left.as_f64(),
        (Value::String(text), Value::Null) => text == "not a number" || is_sentinel(text),
        (Value::String(left), Value::String(right)) => left == right || same_moment(left, right),
        // Columns with JSON arrive as JSON; custom fields as a map by name.
        (Value::Array(fields), Value::Object(map)) => custom(fields) == *map,
        (left @ (Value::Array(_) | Value::Object(_)), right) => same_json(left, right),
        _ => false,
    }
}

fn same_json(expected: &Value, value: &Value) -> bool {
    let parsed = value.as_str().and_then(|text| serde_json::from_str(text).ok());
    let value = parsed.as_ref().unwrap_or(value);
    match (expected, value) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_json(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            names.iter().all(|name| match (left.get(*name), right.get(*name)) {
                (Some(left), Some(right)) => same_json(left, right),
                _ => false,
            })
        }
        (left, right) => key_or_self(left) == key_or_self(right),
    }
}

fn key_or_self(value: &Value) -> String {
    match value {
        Value::Number(_) | Value::String(_) => key(value),
        other => other.to_string(),
    }
}

fn custom(fields: &[Value]) -> Map<String, Value> {
    let shown = |field: &Value| {
        let texts = [&field["display"], &field["value"]];
        let text = texts.into_iter().find(|text| !text.is_null() && *text != "");
        text.map_or(Value::Null, |text| text.as_str().map_or_else(|| text.to_string(), str::to_owned).into())
    };
    fields.iter().map(|field| (field["name"].as_str().unwrap().to_owned(), shown(field))).collect()
}

fn is_sentinel(text: &str) -> bool {
    ["1900-01-01", "0001-01-01", "1899-12-30", "1970-01-01"].iter().any(|day| text.starts_with(day))
}

/// `2026-01-02T03:04:05.6` and `2026-01-02 03:04:05.600+00`; also a day against its midnight.
fn same_moment(left: &str, right: &str) -> bool {
    let plain = |text: &str| {
        let text = text.replace(' ', "T");
        let text = text.trim_end_matches('Z').trim_end_matches("+00");
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let whole = if whole.len() == 10 { format!("{whole}T00:00:00") } else { whole.to_owned() };
        (whole, fraction.trim_end_matches('0').to_owned())
    };
    let dated = |text: &str| text.len() >= 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    dated(left) && dated(right) && plain(left) == plain(right)
}
