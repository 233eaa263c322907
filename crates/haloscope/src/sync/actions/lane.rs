//! Actions through the report lane, where the customer grants it: one query for the actions of some hundred tickets.
//!
//! Its rows are narrow: what the database does not show as the API does (sender and receivers of mails, custom fields) stays
//! outside.

use std::collections::BTreeSet;

use halo_client::{HaloError, Lane, Page, Shape};
use serde::Deserialize;

use super::plan::Parent;
use crate::sync::error::SyncError;
use crate::sync::pass::Pass;

/// Rows asked for at most; so many or more mean that some are missing.
pub(super) const TOP: usize = 20_000;
/// Tickets asked for at once, first and at most. Their texts can be megabytes each, so the number follows what comes.
pub(super) const FIRST_TICKETS: usize = 125;
const MOST_TICKETS: usize = 500;
/// Tickets that a query serves on the whole, for a forecast.
pub const USUAL_TICKETS: u64 = 250;
/// An answer of fewer bytes is small: the next one may be of more tickets.
const SMALL: usize = 4_000_000;

/// Column of our table and of HaloPSA's table `ACTIONS`, as in `docs/halo-facts.md#report-lane`.
const COLUMNS: &[(&str, &str)] = &[
    ("ticket_id", "Faultid"),
    ("id", "actionnumber"),
    ("guid", "AGUID"),
    ("outcome", "Actoutcome"),
    ("outcome_id", "actoutcomeid"),
    ("who", "who"),
    ("who_agentid", "whoagentid"),
    ("actionby_agent_id", "actionbyunum"),
    ("actionby_user_id", "actionbyuid"),
    ("datetime", "Whe_"),
    ("actiondatecreated", "ActionDateCreated"),
    ("last_updated", "ALastUpdated"),
    ("actionarrivaldate", "ActionArrivalDate"),
    ("actioncompletiondate", "ActionCompletionDate"),
    ("note", "note"),
    ("timetaken", "timetaken"),
    ("timetakenadjusted", "timetakenAdjusted"),
    ("timetakendays", "timetakendays"),
    ("nonbilltime", "nonbilltime"),
    ("traveltime", "TravelTime"),
    ("mileage", "mileage"),
    ("actionchargehours", "ActionChargeHours"),
    ("actionnonchargehours", "ActionNonChargeHours"),
    ("actionprepayhours", "ActionPrePayHours"),
    ("actionchargeamount", "ActionChargeAmount"),
    ("actionnonchargeamount", "ActionNonChargeAmount"),
    ("actionprepayamount", "actionprepayamount"),
    ("chargerate", "ActionCode"),
    ("actisbillable", "ActIsBillable"),
    ("actisreadyforprocessing", "ActIsReadyForProcessing"),
    ("actreviewed", "ActReviewed"),
    ("actprocesseddate", "ActProcessedDate"),
    ("actioninvoicenumber", "ActionInvoiceNumber"),
    ("project_id", "AProjectID"),
    ("hiddenfromuser", "ActionHide"),
    ("important", "Aisimportant"),
    ("old_status", "ActionStatusBefore"),
    ("new_status", "ActionStatusAfter"),
    ("emaildirection", "EmailDirection"),
];

/// Names of the columns of a table, also for finding out whether the lane is granted.
const TABLE_COLUMNS: &str = "SELECT COLUMN_NAME AS name FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'ACTIONS'";

/// Asks whether SQL is allowed, and which of the columns this HaloPSA has. None where the lane is not granted.
///
/// # Errors
/// Those that are not of the lane alone.
pub async fn look(pass: &Pass) -> Result<Option<Vec<String>>, SyncError> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let report = match pass.until_stopped(pass.client.report(Lane::Delta, TABLE_COLUMNS)).await {
        Ok(report) => report,
        Err(error) if error.is_of_one_entity() => {
            tracing::debug!(error = &error as &dyn std::error::Error, "the report lane is not granted");
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let there: BTreeSet<String> = report
        .records
        .iter()
        .filter_map(|record| Some(serde_json::from_str::<Named>(record.get()).ok()?.name.to_ascii_lowercase()))
        .collect();
    let known = COLUMNS.iter().filter(|(_, column)| there.contains(&column.to_ascii_lowercase()));
    let columns: Vec<String> = known.map(|(name, _)| (*name).to_owned()).collect();
    // Without the key its rows could not be told apart.
    Ok(["ticket_id", "id"].iter().all(|key| columns.iter().any(|name| name == key)).then_some(columns))
}

/// What one query brought.
pub(super) enum Brought {
    /// All actions of the tickets.
    All(Page),
    /// Too much for one answer.
    TooMuch,
    /// The lane does not work any more.
    Closed,
}

/// Asks for all actions of these tickets.
///
/// # Errors
/// Those that are not of the lane alone.
pub(super) async fn ask(pass: &Pass, columns: &[String], parents: &[Parent], lane: Lane) -> Result<Brought, SyncError> {
    let sql = select(columns, parents);
    match pass.until_stopped(pass.client.report(lane, &sql)).await {
        Ok(report) if report.records.len() < TOP => Ok(Brought::All(Page {
            record_count: None,
            page_no: None,
            page_size: None,
            shape: Shape::Bare,
            records: report.records,
            asked: report.asked,
            answered: report.answered,
            server_time_micros: report.server_time_micros,
        })),
        Ok(_)
        | Err(SyncError::Halo(
            HaloError::ServerFault { status: 504, .. } | HaloError::TooLarge { .. } | HaloError::TimedOut { .. },
        )) => Ok(Brought::TooMuch),
        Err(error) if error.is_of_one_entity() => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the report lane failed; actions are read ticket by ticket"
            );
            Ok(Brought::Closed)
        }
        Err(error) => Err(error),
    }
}

/// How many tickets are asked for next, after an answer for `size`.
pub(super) fn next_size(size: usize, page: &Page) -> usize {
    let bytes: usize = page.records.iter().map(|record| record.get().len()).sum();
    let is_small = bytes < SMALL && page.records.len() < TOP / 4;
    if is_small { (size * 2).min(MOST_TICKETS) } else { size }
}

fn select(columns: &[String], parents: &[Parent]) -> String {
    let chosen = COLUMNS.iter().filter(|(name, _)| columns.iter().any(|column| column == name));
    let chosen: Vec<String> = chosen.map(|(name, column)| format!("a.{column} AS [{name}]")).collect();
    let ids: Vec<String> = parents.iter().map(|parent| parent.id.to_string()).collect();
    format!(
        "SELECT TOP {TOP} {} FROM ACTIONS a WHERE a.Faultid IN ({}) ORDER BY a.Faultid, a.actionnumber",
        chosen.join(", "),
        ids.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_columns_that_are_there_are_asked_for() {
        let parent = |id| Parent { id, version: "".into(), details: None, was_read: false, is_current: true };
        let columns = ["ticket_id", "id", "timetaken"].map(str::to_owned);
        let sql = select(&columns, &[parent(7), parent(9)]);
        let expected = "SELECT TOP 20000 a.Faultid AS [ticket_id], a.actionnumber AS [id], a.timetaken AS [timetaken] \
                        FROM ACTIONS a WHERE a.Faultid IN (7, 9) ORDER BY a.Faultid, a.actionnumber";
        assert_eq!(sql, expected);
    }

    #[test]
    fn every_column_is_one_of_the_entity() {
        let entity = halo_client::entities::find("actions").unwrap();
        for (name, _) in COLUMNS {
            assert!(entity.columns.iter().any(|column| column.name == *name), "{name}");
        }
    }
}
