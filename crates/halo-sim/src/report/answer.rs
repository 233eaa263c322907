//! What comes of a query: rows, or the sentence why there are none, always with status 200.

use serde_json::json;

use super::error::{Fail, NO_MEMORY, Res, fail};
use super::exec::Flow;
use super::plan::{Planner, Shown};
use super::run::{Cx, Limits, Run};
use super::types::Ty;
use super::value::Value;
use crate::sim::Sim;
use crate::times;
use crate::value::write_text;

/// Rows that HaloPSA gives at most; the others are left out silently.
const MOST_ROWS: u64 = 50_000;
/// The largest answer.
const MOST_BYTES: usize = 256 * 1024 * 1024;
/// The name under which traps know the lane.
const PATH: &str = "Report";

/// See the module.
pub(super) enum Outcome {
    Answer(Vec<u8>),
    /// The gateway gave up: 504.
    Timeout,
    /// The tenant runs no SQL of this agent: 403.
    Refused,
}

/// Rows as they go out.
pub(super) struct Rows {
    columns: Vec<Shown>,
    json: Vec<u8>,
    count: u64,
}

/// Runs SQL, with what the traps make of it. Rows of a saved report are always inside it.
pub(super) fn of(sim: &Sim, sql: &str, saved: bool) -> Outcome {
    let (effects, patience, nested, broken, refused) = {
        let mut traps = sim.traps();
        let patience = traps.settings("report_gateway_timeout", PATH).map(|settings| settings.whole("rows"));
        let nested = saved || traps.settings("report_rows_nested", PATH).is_some();
        let refused = traps.strike("report_refused", PATH).is_some();
        let broken = !refused && traps.strike("report_load_error", PATH).is_some();
        (traps.effects(), patience, nested, broken, refused)
    };
    if refused {
        sim.ledger().count_trap("report_refused");
        return Outcome::Refused;
    }
    if broken {
        sim.ledger().count_trap("report_load_error");
        return Outcome::Answer(failed(BROKEN));
    }
    let patient = Limits::default();
    let limits = Limits { rows: patience.and_then(|rows| u64::try_from(rows).ok()).unwrap_or(patient.rows), ..patient };
    let run = Run::new(sim, &effects, limits);
    match rows(&run, sql) {
        Ok(rows) => Outcome::Answer(answered(&rows, nested)),
        Err(Fail::Sql(sentence)) => Outcome::Answer(failed(&sentence)),
        Err(Fail::Timeout) => {
            if patience.is_some() {
                sim.ledger().count_trap("report_gateway_timeout");
            }
            Outcome::Timeout
        }
    }
}

const BROKEN: &str = "Execution Timeout Expired.  The timeout period elapsed prior to completion of the operation or \
    the \
    server is not responding.";

/// What a statement gives, or why it gives nothing.
pub(super) fn rows(run: &Run<'_>, sql: &str) -> Res<Rows> {
    let parsed = super::parse::parse(sql)?;
    let planner = Planner::new(run, &parsed.words, run.sim.clock.now());
    let (plan, columns) = planner.statement(&parsed.query)?;
    let mut rows = Rows { columns, json: vec![b'['], count: 0 };
    plan.run(Cx::new(run), &mut |cx, row| {
        cx.run.read()?;
        rows.add(row)?;
        Ok(if rows.count < MOST_ROWS { Flow::More } else { Flow::Enough })
    })?;
    rows.json.push(b']');
    Ok(rows)
}

impl Rows {
    fn add(&mut self, row: &[Value]) -> Res<()> {
        let mut separator = if self.count > 0 { &b",{"[..] } else { &b"{"[..] };
        for (column, value) in self.columns.iter().zip(row) {
            self.json.extend_from_slice(separator);
            separator = b",";
            write_text(&mut self.json, &column.name);
            self.json.push(b':');
            write(&mut self.json, value, column.ty);
        }
        self.json.push(b'}');
        self.count += 1;
        if self.json.len() > MOST_BYTES { fail(NO_MEMORY) } else { Ok(()) }
    }
}

fn write(json: &mut Vec<u8>, value: &Value, ty: Ty) {
    match value {
        Value::Null => json.extend_from_slice(b"null"),
        Value::Bit(flag) => json.extend_from_slice(flag.to_string().as_bytes()),
        Value::Int(number) => json.extend_from_slice(number.to_string().as_bytes()),
        Value::Dec(number) => json.extend_from_slice(number.to_string().as_bytes()),
        Value::Float(number) => json.extend_from_slice(format!("{number:?}").as_bytes()),
        Value::Text(text) => write_text(json, text),
        Value::Date(at) if ty == Ty::Time => {
            write_text(json, &super::convert::show(&Value::Date(*at), ty, 0));
        }
        Value::Date(at) => {
            json.push(b'"');
            times::write_naive(json, *at);
            json.push(b'"');
        }
    }
}

/// Sources disagree on where the rows are: beside the columns or inside the report.
fn answered(rows: &Rows, nested: bool) -> Vec<u8> {
    let columns: Vec<_> = rows.columns.iter().map(|column| json!({ "name": column.name })).collect();
    let mut out = format!("{{\"available_columns\":{}", json!(columns)).into_bytes();
    if rows.count == 0 {
        let names: Vec<_> = rows.columns.iter().map(|column| &column.name).collect();
        out.extend_from_slice(format!(",\"availablefields\":{}", json!(names)).as_bytes());
    }
    let (before, after): (&[u8], &[u8]) = match nested {
        true => (b",\"report\":{\"loaded\":true,\"load_error\":null,\"rows\":", b"}}"),
        false => (b",\"report\":{\"loaded\":true,\"load_error\":null},\"rows\":", b"}"),
    };
    out.extend_from_slice(before);
    out.extend_from_slice(&rows.json);
    out.extend_from_slice(after);
    out
}

fn failed(sentence: &str) -> Vec<u8> {
    json!({ "available_columns": [], "report": { "loaded": false, "load_error": sentence } }).to_string().into_bytes()
}
