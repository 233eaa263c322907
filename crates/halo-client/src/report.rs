//! The report lane: SQL through `POST /Report`, whose rows come as records.
//!
//! Facts and their sources: `docs/halo-facts.md#report-lane`.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::attempt::{Answer, Ask};
use crate::budget::Lane;
use crate::client::Client;
use crate::decode;
use crate::error::HaloError;
use crate::url;

/// Rows after which HaloPSA cuts an answer off, without a word.
pub const REPORT_ROWS: usize = 50_000;

/// Largest answer: many rows of a wide query.
const MAX_BYTES: u64 = 128 * 1024 * 1024;

const PATH: &str = "/Report";

/// What one query answered.
#[derive(Debug)]
pub struct Report {
    /// The rows, each an object with the names that the query gave its columns.
    pub records: Vec<Box<RawValue>>,
    /// The tick right before the request went out.
    pub asked: i64,
    /// The tick right after the whole answer was here.
    pub answered: i64,
    /// The server's `Date`: microseconds since 1970-01-01 UTC.
    pub server_time_micros: Option<i64>,
}

impl Client {
    /// Runs one `SELECT`. The caller puts in numbers and dates of its own making only: there are no parameters.
    ///
    /// # Errors
    /// [`HaloError::Report`] when HaloPSA could not run it, [`HaloError::ServerFault`] with status 504 when it took longer than
    /// about a minute (never repeated: ask for a smaller slice), [`HaloError::Forbidden`] and [`HaloError::Refused`] where the lane is
    /// not granted, and those of [`Client::list`].
    pub async fn report(&self, lane: Lane, sql: &str) -> Result<Report, HaloError> {
        let body = serde_json::json!([{ "_loadreportonly": true, "sql": sql }]).to_string();
        let url = url::below(self.resource_url(), PATH, std::iter::empty::<(&str, &str)>());
        let ask = Ask { lane, path: PATH, url, body: Some(body), max_bytes: MAX_BYTES, may_be_absent: false };
        let (answer, records) = self.ask(&ask, rows).await?;
        let Answer { asked, answered, server_time_micros, .. } = answer;
        let records = records.expect("an answer without body is for single records only");
        Ok(Report { records, asked, answered, server_time_micros })
    }
}

/// Rows stand at the top or inside `report`, and failures too: versions of HaloPSA differ.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow)]
    rows: Option<&'a RawValue>,
    #[serde(borrow)]
    report: Option<&'a RawValue>,
    load_error: Option<String>,
}

fn rows(body: &[u8], path: &str) -> Result<Vec<Box<RawValue>>, HaloError> {
    let record = decode::record(body, path)?;
    let outer: Envelope<'_> = decode::object(record.get().as_bytes(), path)?;
    let inner: Envelope<'_> = match outer.report.filter(|report| report.get() != "null") {
        Some(report) => decode::object(report.get().as_bytes(), path)?,
        None => Envelope::default(),
    };
    let failure = [outer.load_error, inner.load_error].into_iter().flatten().find(|text| !text.trim().is_empty());
    if let Some(message) = failure {
        return Err(HaloError::Report { message });
    }
    let found = [outer.rows, inner.rows].into_iter().flatten().find(|rows| rows.get() != "null");
    match found {
        Some(rows) => decode::object(rows.get().as_bytes(), path),
        // Without rows an answer names the fields that there would be.
        None => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: Result<usize, &str>) {
        let found = rows(body.as_bytes(), PATH).map(|rows| rows.len()).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{body}");
    }

    #[test]
    fn rows_and_failures_stand_in_either_place() {
        check(r#"{"available_columns":[{"name":"x"}],"rows":[{"x":1},{"x":2}]}"#, Ok(2));
        check(r#"[{"report":{"rows":[{"x":1}],"load_error":""}}]"#, Ok(1));
        check(r#"{"rows":null,"report":{"rows":[{"x":1}]}}"#, Ok(1));
        check(r#"{"report":null,"availablefields":"x"}"#, Ok(0));
        check(
            r#"{"report":{"load_error":"Invalid column name 'y'."}}"#,
            Err("HaloPSA could not run a report: Invalid column name 'y'."),
        );
        assert!(rows(b"<html>", PATH).is_err());
        assert!(rows(br#"{"rows":7}"#, PATH).is_err());
    }
}
