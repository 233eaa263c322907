//! Compares the warehouse with the simulator's truth, field by field. Shares no code with the product.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::desk::Desk;

/// Table and resource of each entity.
pub(crate) const ENTITIES: [(&str, &str); 17] = [
    ("agents", "Agent"),
    ("teams", "Team"),
    ("ticket_types", "TicketType"),
    ("statuses", "Status"),
    ("priorities", "Priority"),
    ("slas", "SLA"),
    ("workdays", "Workday"),
    ("holidays", "Holiday"),
    ("categories", "Category"),
    ("clients", "Client"),
    ("sites", "Site"),
    ("users", "Users"),
    ("tickets", "Tickets"),
    ("projects", "Projects"),
    ("opportunities", "Opportunities"),
    ("invoices", "Invoice"),
    ("timesheet_events", "TimesheetEvent"),
];

/// Differences of all entities; empty when the warehouse is the truth. Columns in `unreadable` may be empty, because the
/// simulator's version does not show them in lists.
pub(crate) async fn differences(desk: &Desk, unreadable: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut here = stored(desk).await;
    for (table, path) in ENTITIES {
        let truth = truth(desk, path).await;
        let rows = here.remove(table).unwrap_or_default();
        let rows: BTreeMap<String, Value> = rows.into_iter().map(|row| (key(&row["id"]), row)).collect();
        let missing: Vec<&String> = truth.keys().filter(|id| !rows.contains_key(*id)).collect();
        let ghosts: Vec<&String> = rows.keys().filter(|id| !truth.contains_key(*id)).collect();
        if !missing.is_empty() || !ghosts.is_empty() {
            found.push(format!("{table}: missing {missing:?}, ghosts {ghosts:?}"));
        }
        let mut wrong: BTreeMap<&str, (u32, String)> = BTreeMap::new();
        for (id, row) in &rows {
            let Some(record) = truth.get(id) else { continue };
            for (column, value) in row.as_object().unwrap() {
                let expected = record.get(column).unwrap_or(&Value::Null);
                let unreadable = unreadable.contains(&column.as_str()) && value.is_null();
                if !column.starts_with('_') && column != "deleted_at" && !unreadable && !same(expected, value) {
                    let example = || format!("{id} has {value}, should be {expected}");
                    wrong.entry(column).or_insert_with(|| (0, example())).0 += 1;
                }
            }
        }
        found.extend(
            wrong.iter().map(|(column, (count, example))| format!("{table}.{column}: {count} wrong, {example}")),
        );
        if table == "invoices" {
            found.extend(lines(here.remove("invoice_lines").unwrap_or_default(), &truth));
        }
    }
    found.truncate(20);
    found
}

/// Live records by id.
pub(crate) async fn truth(desk: &Desk, path: &str) -> BTreeMap<String, Map<String, Value>> {
    let text = desk.get(&format!("truth/{path}")).await;
    let records = text.lines().map(|line| serde_json::from_str::<Map<String, Value>>(line).unwrap());
    records.filter(|record| record["deleted"] != Value::Bool(true)).map(|record| (key(&record["id"]), record)).collect()
}

/// Live rows of all tables, with one query.
async fn stored(desk: &Desk) -> BTreeMap<String, Vec<Value>> {
    let tables = ENTITIES.iter().map(|(table, _)| *table).chain(["invoice_lines"]);
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

fn lines(rows: Vec<Value>, invoices: &BTreeMap<String, Map<String, Value>>) -> Vec<String> {
    let mut rows: BTreeMap<(String, String), Value> =
        rows.into_iter().map(|row| ((key(&row["ihid"]), key(&row["id"])), row)).collect();
    let mut found = Vec::new();
    for (id, invoice) in invoices {
        for line in invoice["lines"].as_array().unwrap() {
            let Some(row) = rows.remove(&(id.clone(), key(&line["id"]))) else {
                found.push(format!("invoice_lines: {id}/{} is missing", line["id"]));
                continue;
            };
            for (column, value) in row.as_object().unwrap() {
                let expected = line.get(column).unwrap_or(&Value::Null);
                if !column.starts_with('_') && column != "ihid" && column != "deleted_at" && !same(expected, value) {
                    found.push(format!("invoice_lines {id}: {column} is {value}, should be {expected}"));
                }
            }
        }
    }
    found.extend(rows.keys().map(|key| format!("invoice_lines: {key:?} is left over")));
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
